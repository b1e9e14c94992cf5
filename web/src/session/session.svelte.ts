/** Who is signed in. Pages read `session.person`; a 401 on the way means that the session has ended. */
import { ApiProblem, change, readNow } from '../lib/api/client'

export interface Grant {
  role: 'region-editor' | 'expert' | 'evaluator' | 'central-reviewer' | 'publisher' | 'administrator'
  region: string
}

export interface Person {
  id: string
  name: string
  display_name: string
  roles: Grant[]
  scopes: string[]
  regions: string[]
  must_change_password: boolean
  second_factor: boolean
  has_password: boolean
}

interface SessionOut {
  person: Person | null
  sign_in: { password: boolean; provider: { name: string; url: string } | null }
}

export interface Credentials {
  name: string
  password: string
  code?: string
}

class Session {
  person: Person | null = $state.raw(null)
  provider: { name: string; url: string } | null = $state.raw(null)
  /** Whether the server has said who is signed in. */
  known = $state(false)
  #asking: Promise<void> | null = null

  /** Asks once; a page that needs to know awaits it. */
  begin = (): Promise<void> => (this.#asking ??= this.#ask())

  again = (): Promise<void> => (this.#asking = this.#ask())

  signIn = async (credentials: Credentials): Promise<void> => this.#take((await change<SessionOut>('POST', '/session', credentials)).body)

  signOut = async (): Promise<void> => {
    await change('DELETE', '/session')
    this.person = null
  }

  changePassword = async (password: string, next: string): Promise<void> => this.#take((await change<SessionOut>('POST', '/session/password', { password, new_password: next })).body)

  holds = (...scopes: string[]): boolean => scopes.some((scope) => this.person?.scopes.includes(scope))

  /** Takes note when an answer says that the session has ended; true when it does. */
  ended = (reason: unknown): boolean => {
    const ended = reason instanceof ApiProblem && reason.problem.status === 401
    if (ended) this.person = null
    return ended
  }

  async #ask(): Promise<void> {
    try {
      this.#take((await readNow<SessionOut>('/session')).body)
    } catch (reason) {
      this.#asking = null // asked anew by the next page
      throw reason
    }
  }

  #take(found: SessionOut): void {
    this.person = found.person
    this.provider = found.sign_in.provider
    this.known = true
  }
}

export const session = new Session()
