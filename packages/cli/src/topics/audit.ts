export function page(): string {
  return `AUDIT

Every record of the log is a leaf of a Merkle tree (RFC 6962) over the stored
bytes. So a record that was changed, moved, added or taken away shows:

  shiplog audit verify              checks every byte, and names what is wrong

Whoever is root on this host can still write the whole log anew, tree and all.
What was signed before, and is kept where they cannot write, does not fit then:

  shiplog audit checkpoint --verifier-key > log.key
                                    once: what checks the signatures
  shiplog audit checkpoint > old.note
                                    often; keep both elsewhere
  shiplog audit verify --against old.note --key log.key
                                    is all of that still there, as it was?

Elsewhere the same needs no log, and no trust in this host:

  shiplog audit checkpoint > new.note
  shiplog audit prove --from old.note --size "$(sed -n 2p new.note)" > p.json
  shiplog audit verify --proof p.json --from old.note --against new.note \\
      --key log.key

Of a single event, --receipts FILE keeps position and leaf hash as it happens,
\`shiplog audit prove --position N\` proves it later, and \`shiplog audit show N\`
shows it. \`shiplog audit export\` writes evidence that an auditor checks with a
program of their own. \`shiplog audit shred\` destroys what a record refers to,
never the record. \`shiplog audit archive\` moves old records to files, which
verify reads, too (docs/growth.md). docs/audit.md has all of this, and how to
keep checkpoints.`;
}
