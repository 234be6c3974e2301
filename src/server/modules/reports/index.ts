import type { Module, ModuleDeps } from '#server/platform/module.ts'
import { reportsHandlers } from './reports.handlers.ts'
import { dailyReport, sendDailyReport } from './reports.jobs.ts'

export const reportsJobs = [dailyReport, sendDailyReport]

export const reportsModule = (deps: ModuleDeps): Module => ({ http: () => {}, jobs: reportsHandlers(deps) })
