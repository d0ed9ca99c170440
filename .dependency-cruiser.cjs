/** Who may import whom: the table of docs/architecture.md, one rule a folder. */
const layers = {
  'main.ts': ['cli', 'exitCodes', 'commands', 'io', 'streams', 'schema', 'errors', 'ports'],
  'cli.ts': ['commands', 'exitCodes', 'errors', 'schema'],
  commands: [
    'exitCodes',
    'recording',
    'streams',
    'tap',
    'io',
    'schema',
    'ports',
    'errors',
    'sources',
    'sinks',
    'postgres',
    'operators',
  ],
  streams: ['sources', 'sinks', 'tap', 'operators', 'schema', 'ports', 'errors'],
  sources: ['postgres', 'operators', 'schema', 'ports', 'errors'],
  sinks: ['operators', 'schema', 'ports', 'errors'],
  tap: ['operators', 'schema'],
  io: ['ports', 'schema', 'postgres', 'errors'],
  postgres: ['schema', 'errors'],
  recording: ['ports', 'schema', 'operators', 'errors', 'postgres'],
  operators: [],
  schema: [],
  ports: ['schema', 'errors'],
  'errors.ts': [],
  'exitCodes.ts': [],
};
const at = (name) => (name.endsWith('.ts') ? name.replace('.', '\\.') + '$' : name + '(/|\\.ts$)');

module.exports = {
  forbidden: [
    ...Object.entries(layers).map(([from, to]) => ({
      name: `layer ${from}`,
      severity: 'error',
      from: { path: `^src/${at(from)}` },
      to: { path: '^src/', pathNot: `^src/(${[from, ...to].map(at).join('|')})` },
    })),
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-is-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(dev|demo|bench|test)/' },
    },
    {
      name: 'operators-are-generic',
      severity: 'error',
      from: { path: '^src/operators/' },
      to: { pathNot: '^(src/operators/|node_modules/rxjs|rxjs|zlib|node:zlib)' },
    },
    {
      name: 'io-alone-touches-the-world',
      severity: 'error',
      from: { path: '^src/(?!io/|main\\.ts)' },
      to: {
        path: '^(node_modules/(pg|pg-query-stream|pg-cursor|axios|jose|toml|pino)/|fs|fs/promises|net|tls|http|https|os|child_process)',
      },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
