// Package e2e has no code, only tests: whole runs of the program against the
// emulators, with Docker replaced by a script, so that every step can be stopped
// and every process killed. What really needs Docker is in testdata/script.
package e2e
