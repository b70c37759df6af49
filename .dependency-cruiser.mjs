// The layers of docs/ARCHITECTURE.md: imports point downwards only. `npm run layers` checks them, CI too.
import { allExtensions } from 'dependency-cruiser';

// Without a compiler API that it knows, dependency-cruiser passes over .ts files and finds nothing wrong.
if (!allExtensions.some(({ extension, available }) => extension === '.ts' && available)) {
  throw new Error('dependency-cruiser cannot read TypeScript: see packageExtensions in pnpm-workspace.yaml');
}

// Bottom first. A folder of core/src may import itself and what stands before it.
const coreLayers = [
  'kernel',
  'merkle',
  'task',
  'event-log',
  'projections',
  'mount',
  'runtime',
  'plugin',
  'audit',
  'doctor',
];

// Above every folder of core/src stand these two: the composition root and the public face.
const coreTop = '^packages/core/src/[^/]+\\.ts$';

const strayFolder = `^packages/core/src/(?!(${coreLayers.join('|')})/)[^/]+/`;

const entryOf = (...packages) =>
  `^(packages/(${packages.join('|')})/dist/(index|plugin-api|rules)\\.|@shiplog/(${packages.join('|')})(/(plugin|rules))?$)`;
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})/`;

const upwards = coreLayers.map((layer, height) => {
  const above = coreLayers.slice(height + 1);
  return {
    name: `core-${layer}-points-down`,
    comment: `core/${layer} imports only itself and the layers below it`,
    severity: 'error',
    from: { path: `^packages/core/src/${layer}/` },
    to: { path: [coreTop, ...above.map((name) => `^packages/core/src/${name}/`)] },
  };
});

const only = (name, comment, owner, target) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: owner },
  to: { path: target },
});

const sees = (owner, ...packages) => ({
  name: `${owner.replaceAll(/[^a-z]+/g, '-').replace(/-$/, '')}-sees-${packages.join('-') || 'nothing'}`,
  comment: `${owner} sees of the other packages only the public face of: ${packages.join(', ') || 'none'}`,
  severity: 'error',
  from: { path: `^packages/(${owner})/src/` },
  to: {
    path: ['^packages/', '^@shiplog/'],
    pathNot: ['^packages/$1/src/', ...(packages.length ? [entryOf(...packages)] : [])],
  },
});

export default {
  forbidden: [
    ...upwards,
    {
      name: 'core-stray-imports',
      comment: 'A new folder of core/src needs a place in coreLayers, or no rule holds it',
      severity: 'error',
      from: { path: strayFolder },
      to: {},
    },
    {
      name: 'core-stray-imported',
      comment: 'A new folder of core/src needs a place in coreLayers, or no rule holds it',
      severity: 'error',
      from: {},
      to: { path: strayFolder },
    },
    {
      name: 'plugin-api-is-light',
      comment:
        'A plugin that is loaded by name brings its own copy of core: it must not bring LMDB and inversify to life',
      severity: 'error',
      from: { path: '^packages/core/src/plugin-api\\.ts$' },
      to: { path: npm('lmdb', 'inversify', 'reflect-metadata'), reachable: true },
    },
    {
      name: 'task-is-pure',
      comment: 'core/task has no I/O, clock or randomness: no Node module and no npm package',
      severity: 'error',
      from: { path: '^packages/core/src/task/' },
      to: { pathNot: '^packages/core/src/' },
    },
    sees('core'),
    sees('ttrpc|containerd-api'),
    sees('oci', 'core'),
    sees('plugin-(?!shim)[^/]+', 'core', 'oci'),
    sees('plugin-shim', 'core', 'oci', 'ttrpc', 'containerd-api'),
    sees('conformance', 'core'),
    sees('export', 'core'),
    sees('report', 'core'),
    sees('create-shiplog-plugin'),
    sees(
      'cli',
      ...[
        'core',
        'oci',
        'conformance',
        'plugin-runc',
        'plugin-crun',
        'plugin-mount',
        'plugin-shim',
        'export',
        'report',
      ],
    ),
    only('lmdb-behind-the-port', 'Only core/event-log knows LMDB', '^packages/core/src/event-log/', npm('lmdb')),
    only(
      'one-container',
      'Only core/plugin knows inversify: a plugin author needs no decorators and no second reflect-metadata',
      '^packages/core/src/plugin/',
      npm('inversify', 'reflect-metadata', '@inversifyjs/[^/]+'),
    ),
    only(
      'one-way-to-start-a-process',
      'Only oci/run.ts starts processes, so that no call can miss its argv, deadline and error line',
      '^packages/oci/src/run\\.ts$',
      [npm('execa'), '^(node:)?child_process$'],
    ),
    {
      name: 'no-circular',
      comment: 'Files that import each other are one file, or miss a third one below them; type imports count',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dev-dependency',
      comment: 'What a published package imports has to be installed with it; the command line is bundled',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/cli/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm', 'npm-peer'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'A file or package that is not there, or a path that its package does not export',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@shiplog/[^/]+(/(plugin|rules))?$' },
    },
  ],
  options: {
    doNotFollow: { path: ['(^|/)node_modules/', '^packages/[^/]+/dist/'] },
    // Type-only imports are gone after compilation, and are dependencies all the same.
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
};
