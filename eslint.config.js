import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

/** Time and timers come from the scheduler, so that marble tests control them; only `io/` touches the real ones. */
const realTime = [
  { object: 'Date', property: 'now', message: 'Use asyncScheduler.now().' },
  { object: 'performance', property: 'now', message: 'Use asyncScheduler.now().' },
  { object: 'AbortSignal', property: 'timeout', message: 'Use timeout() of rxjs.' },
];
const realTimers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Use timer() of rxjs.',
}));

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'rxjs-x/finnish': [
        'error',
        {
          functions: false,
          methods: false,
          parameters: false,
          properties: false,
          variables: true,
          names: { '^(source|work|sink)$': false },
          strict: false,
        },
      ],
      'rxjs-x/no-sharereplay': 'off',
      'rxjs-x/no-sharereplay-before-takeuntil': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/io/**'],
    rules: {
      'no-restricted-properties': ['error', ...realTime],
      'no-restricted-globals': ['error', ...realTimers],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/io/**', 'src/main.ts', 'src/operators/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='subscribe']",
          message: 'Root subscriptions live in main.ts and io/; compose instead.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'dev/**/*.ts', 'demo/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An empty stream fails the test that wanted a value.
      'rxjs-x/no-ignored-default-value': 'off',
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-ignored-subscribe': 'off',
      'rxjs-x/no-ignored-subscription': 'off',
      'rxjs-x/no-internal': 'error',
    },
  },
);
