/** The ten production issues that the office tracks, each with the file that proves it, and what goes beyond them. */
export const rows = [
  { row: '1', issue: 'Settings', file: 'settings' },
  { row: '2', issue: 'Proxy headers', file: 'proxy-headers' },
  { row: '3', issue: 'Static files', file: 'static-files' },
  { row: '4', issue: 'Migration strategy', file: 'migrations' },
  { row: '5', issue: 'Health checks', file: 'health' },
  { row: '6', issue: 'Application server', file: 'web-processes' },
  { row: '7', issue: 'Background jobs', file: 'jobs' },
  { row: '8', issue: 'Media storage', file: 'media' },
  { row: '9', issue: 'Container logging', file: 'logs' },
  { row: '10', issue: 'Connection pooling', file: 'connections' },
  { row: '+', issue: 'Several replicas', file: 'replicas' },
  { row: '+', issue: 'Start and commands', file: 'start' },
  { row: '+', issue: 'Containers', file: 'containers' },
] as const
