package cmd

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestByRequest: what the app wrote stands below the request that it wrote it for,
// whichever came first; what belongs to none stays where it is.
func TestByRequest(t *testing.T) {
	t.Parallel()
	w := lineWriter{out: &bytes.Buffer{}}
	for n, l := range []release.Line{
		{Text: "starting"},
		{Text: "GET /a 200", Trace: "a", Severity: "INFO", Request: &release.Request{Method: "GET", URL: "/a", Status: 200, Latency: 12 * time.Millisecond}},
		{Text: "first of b", Trace: "b"},
		{Text: "of a", Trace: "a"},
		{Text: "second of b", Trace: "b", Severity: "ERROR"},
		{Text: "of c", Trace: "c"},
		{Text: "GET /b 500", Trace: "b", Severity: "ERROR", Request: &release.Request{Method: "GET", URL: "/b", Status: 500, Latency: 1200 * time.Millisecond}},
		{Text: "stopping"},
	} {
		l.Time, l.Revision = time.Unix(int64(n), 0), "r"
		if err := w.keep(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.printGroups(); err != nil {
		t.Fatal(err)
	}
	want := strings.TrimLeft(`
1970-01-01T00:00:00Z r starting
1970-01-01T00:00:01Z r INFO GET /a 200 12ms
    1970-01-01T00:00:03Z r of a
1970-01-01T00:00:06Z r ERROR GET /b 500 1.2s
    1970-01-01T00:00:02Z r first of b
    1970-01-01T00:00:04Z r ERROR second of b
1970-01-01T00:00:05Z r trace c, whose request is not logged yet
    1970-01-01T00:00:05Z r of c
1970-01-01T00:00:07Z r stopping
`, "\n")
	if got := w.out.(*bytes.Buffer).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
