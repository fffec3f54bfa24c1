package cmd_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// showProcesses logs what the background processes of a failed script printed:
// the reason may be theirs.
func showProcesses(e *testscript.Env) {
	if t, ok := e.T().(interface{ Failed() bool }); !ok || !t.Failed() {
		return
	}
	all := e.Values[processesKey{}].(map[string]*process)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		<-p.done
		e.T().Log(fmt.Sprintf("[background %s] %s: %s", name, strings.Join(p.cmd.Args, " "), p.cmd.ProcessState))
		for _, ext := range []string{".out", ".err"} {
			text, err := os.ReadFile(filepath.Join(e.WorkDir, name+ext))
			if err != nil {
				text = []byte(err.Error())
			}
			e.T().Log(fmt.Sprintf("[%s%s]\n%s", name, ext, text))
		}
	}
}

// recorder is a test that may fail.
type recorder struct {
	log    strings.Builder
	failed bool
}

func (*recorder) Skip(...any)                          {}
func (*recorder) Parallel()                            {}
func (*recorder) Verbose() bool                        { return false }
func (r *recorder) Failed() bool                       { return r.failed }
func (r *recorder) Log(args ...any)                    { fmt.Fprintln(&r.log, args...) }
func (r *recorder) Fatal(args ...any)                  { r.Log(args...); r.FailNow() }
func (r *recorder) FailNow()                           { r.failed = true; runtime.Goexit() }
func (r *recorder) Run(_ string, f func(testscript.T)) { f(r) }

func TestFailedScriptShowsProcesses(t *testing.T) {
	t.Parallel()
	for end, want := range map[string]bool{"exec true": false, "exec false": true} {
		script := filepath.Join(t.TempDir(), "x.txtar")
		text := "start behind sh -c 'echo from behind; exec sleep 60'\nwaitfor behind 'from behind'\n" + end + "\n"
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := &recorder{}
		done := make(chan struct{})
		go func() { // Goexit ends it
			defer close(done)
			testscript.RunT(r, testscript.Params{Files: []string{script}, Setup: setUp, Cmds: commands})
		}()
		<-done
		if got := strings.Contains(r.log.String(), "[behind.out]\nfrom behind\n"); got != want || r.failed != want {
			t.Errorf("%s: failed %v, log:\n%s", end, r.failed, &r.log)
		}
	}
}
