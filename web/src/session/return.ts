/** Where to go after signing in: a path of this site, never another one. */
export function returnPath(asked: string | null): string {
  return asked && /^\/(?![/\\])[^\u0000-\u001f\\]*$/.test(asked) ? asked : '/desk'
}
