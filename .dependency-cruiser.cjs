/** The law of imports (docs/architecture.md) as code: one expression per rule, so that a new module needs no edit. */
const production = '^src/(?!testing/)(?!.*\\.test\\.tsx?$)'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'contract-knows-zod-only',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: ['^src/contract/', 'node_modules/zod/'] },
    },
    {
      name: 'web-never-server',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/(server|testing)/' },
    },
    {
      name: 'web-carries-no-schemas',
      comment: 'Values only from the zod-free files of the contract; the rest as types.',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/contract/(?!access\\.ts|[a-z-]+\\.options\\.ts)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'platform-knows-no-module',
      severity: 'error',
      from: { path: '^src/server/platform/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(server/(modules|roots)/|server/compose|web/)' },
    },
    {
      name: 'modules-enter-by-the-front-door',
      severity: 'error',
      from: { path: '^src/server/modules/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/server/modules/(?!$1/)[^/]+/(?!index\\.ts)' },
    },
    {
      name: 'modules-know-no-roots',
      severity: 'error',
      from: { path: '^src/server/modules/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(server/(roots/|compose)|web/)' },
    },
    {
      name: 'compose-knows-front-doors',
      severity: 'error',
      from: { path: '^src/server/compose\\.ts$' },
      to: { path: '^src/server/(roots/|modules/[^/]+/(?!index\\.ts))' },
    },
    {
      name: 'roots-know-no-modules',
      severity: 'error',
      from: { path: '^src/server/roots/' },
      to: { path: '^src/server/modules/' },
    },
    {
      name: 'sql-lives-in-repos',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '\\.(repo|reads)\\.ts$',
          '^src/server/platform/(db|tables|migrate|migration-session|session-settings|database-connections|audit|once|jobs|health|embedded-postgres|checks/live-checks|dump/[a-z]+)\\.ts$',
          '^src/server/modules/[^/]+/[a-z]+\\.policy\\.ts$',
          '^src/testing/',
          '\\.test\\.ts$',
        ],
      },
      to: { path: 'node_modules/(kysely|pg|pg-cursor|pg-copy-streams)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-framework-at-the-edge',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '\\.http\\.ts$',
          '^src/server/platform/(http|site|static-files|health|gate|overload|uploads|metrics|drain)\\.ts$',
          '^src/server/roots/',
          '^src/testing/',
          '\\.test\\.ts$',
        ],
      },
      to: { path: 'node_modules/(fastify|@fastify)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tests-stay-out-of-production',
      severity: 'error',
      from: { path: production },
      to: { path: '(^src/testing/|\\.test\\.tsx?$)' },
    },
    {
      name: 'web-lib-and-ui-know-no-feature',
      severity: 'error',
      from: { path: '^src/web/(ui|lib)/' },
      to: { path: '^src/web/(features|pages)/' },
    },
    {
      name: 'features-know-no-feature',
      comment: 'pages compose features; a feature never imports another.',
      severity: 'error',
      from: { path: '^src/web/features/([^/]+)/' },
      to: { path: '^src/web/(pages/|features/(?!$1/))' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
}
