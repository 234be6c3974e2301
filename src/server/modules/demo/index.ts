import { type DemoDeps, type DemoService, demoService } from './demo.service.ts'

export type { DemoService } from './demo.service.ts'

export const demoModule = (deps: DemoDeps): { service: DemoService } => ({ service: demoService(deps) })
