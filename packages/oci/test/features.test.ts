import { describe, expect, it } from 'vitest';
import { featuresOfVersion } from '../src/features.js';
import { parseFeatures } from '../src/parse.js';

const crun = `crun version 1.8.1
commit: f8a096be060b22ccd3d5f3ebe44108517fbf6c30
rundir: /run/crun
spec: 1.0.0
+SYSTEMD -SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL
`;

describe('a runtime without a features command', () => {
  it('has what its version tells, and no more', () => {
    expect(featuresOfVersion(crun)).toEqual({
      ociVersionMin: '1.0.0',
      ociVersionMax: '1.0.0',
      linux: {
        cgroup: { systemd: true },
        seccomp: { enabled: true },
        apparmor: { enabled: true },
        selinux: { enabled: false },
      },
      annotations: { 'dev.shiplog.from-version': 'crun 1.8.1', 'run.oci.crun.checkpoint.enabled': 'false' },
    });
    expect(featuresOfVersion('some version 2\n')).toEqual({
      linux: {},
      annotations: { 'dev.shiplog.from-version': 'some 2' },
    });
  });

  it('has none where that is rubbish', () => {
    expect(featuresOfVersion('hello')).toBeUndefined();
  });
});

it.each(['[]', 'null', 'hello', '{"ociVersionMin":1}'])('%s is no answer of a features command', (text) => {
  expect(() => parseFeatures(text)).toThrow('expected the features of a runtime');
});
