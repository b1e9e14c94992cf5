from shared.migrations import run_online

run_online()
