import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificate {
  certificatePath: string
  keyPath: string
  /** For callers, who must trust it: it has signed itself. */
  ca: string
}

/** For localhost and 127.0.0.1, made by openssl in `dir`. */
export function makeCertificate(dir: string): Certificate {
  const [certificatePath, keyPath] = [join(dir, 'certificate.pem'), join(dir, 'key.pem')]
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const files = ['-keyout', keyPath, '-out', certificatePath]
  execFileSync('openssl', ['req', ...kind, ...files, '-subj', '/CN=localhost', '-addext', names], { stdio: 'pipe' })
  return { certificatePath, keyPath, ca: readFileSync(certificatePath, 'utf8') }
}
