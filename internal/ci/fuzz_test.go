package ci_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

// FuzzParseNote: whatever is read is clean, and stays so when it is kept and read again.
func FuzzParseNote(f *testing.F) {
	for _, s := range []string{`{}`, `{"system":"github","commit":"0f1e2d3c4b5a","branch":" a ","build_url":"http://a:b@c/%zz"}`, `{"system":"github","event":"` + strings.Repeat("e", 200) + `","build":"` + strings.Repeat(`\"`, 250) + `"}`, `{"system":"x","repository":"https://h/o/n.git"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, ok := ci.ParseNote(text)
		if !ok {
			return
		}
		if o.Clean() != o {
			t.Errorf("%+v is not clean", o)
		}
		note := o.Note()
		again, ok := ci.ParseNote(note)
		if !ok || len(note) > 900 || again.Note() != note {
			t.Errorf("%q, then %q", note, again.Note())
		}
		_, _ = o.String(), o.Fork()
	})
}
