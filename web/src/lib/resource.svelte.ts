/** Something that is read again whenever what it depends on changes; the last answer stays until the next one is there. */
export class Resource<T> {
  value: T | null = $state.raw(null)
  fault: unknown = $state.raw(null)
  busy = $state(true)
  #attempt = $state(0)

  /** `load` is called inside an effect, so the state it reads decides when it runs again. null means nothing to read. */
  constructor(load: () => Promise<T> | null) {
    $effect(() => {
      void this.#attempt
      const loading = load()
      let wanted = true
      this.busy = loading !== null
      if (loading === null) [this.value, this.fault] = [null, null]
      loading?.then(
        (value) => wanted && ([this.value, this.fault, this.busy] = [value, null, false]),
        (fault: unknown) => wanted && ([this.value, this.fault, this.busy] = [null, fault, false]),
      )
      return () => (wanted = false)
    })
  }

  /** Asks once more. What went wrong before is not shown while the answer is awaited. */
  again = (): void => {
    this.fault = null
    this.busy = true
    this.#attempt++
  }
}
