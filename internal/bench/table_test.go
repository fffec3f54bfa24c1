package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func seconds(list ...float64) (t times) {
	for _, s := range list {
		t = append(t, time.Duration(s*float64(time.Second)))
	}
	return t
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tb := &table{out: &out}
	ours, theirs := seconds(3, 2, 2.5), seconds(10, 12.5, 30)
	tb.head("A. Part")
	tb.row("ours", ours, "aim: 3 s")
	tb.row("theirs", theirs, ratio(theirs, ours))
	tb.head("B. Other")
	tb.row("nothing", nil, ratio(nil, ours))
	tb.skip("gcloud", "not here")
	want := `A. Part                                               median s  min – max
  ours                                                   2.500     2.000 – 3.000   aim: 3 s
  theirs                                                12.500    10.000 – 30.000  5.0 x

B. Other                                              median s  min – max
  nothing                                            -                             ` + `
  gcloud                                             skipped: not here
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTouch(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "app.py")
	if err := os.WriteFile(name, []byte("x = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"one", "two"} {
		if err := touch(name, mark); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(name)
		if want := "x = 1\n\n# changed by the benchmark: " + mark + "\n"; err != nil || string(data) != want {
			t.Errorf("%q, %v; want %q", data, err, want)
		}
	}
}
