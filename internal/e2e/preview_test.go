package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestPreviews: ten are shown at once, each what it is of, and what serves neither moves
// nor changes; they are listed, and go.
func TestPreviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	nothing := w.command(t.Context(), w.of("up", "--preview", "early"))
	if text := nothing.text(t, 1); !strings.Contains(text, "no service hello yet that a preview could be shown beside") {
		t.Error(text)
	}
	one := w.run(t.Context(), w.app).wait(t, 0)
	const many = 10
	var runs [many]*up
	for n := range many {
		runs[n] = w.run(t.Context(), w.newApp(t, "hello", fmt.Sprint("preview", n)), "--preview", fmt.Sprint("p-", n), "--preview-ttl", "72h")
	}
	urls := map[string]string{}
	for n, u := range runs {
		r := u.wait(t, 0)
		if r.Status != "released" || r.Revision == one.Revision || r.URL == one.URL {
			t.Errorf("%+v", r)
		}
		urls[r.URL] = fmt.Sprint("preview", n)
		if got := w.serves(t); got.Text != "one" {
			t.Errorf("it serves %+v", got)
		}
	}
	if len(urls) != many {
		t.Errorf("the URLs are %v", urls)
	}
	for url, text := range urls {
		if got := w.answer(t, url); got.Text != text {
			t.Errorf("%s answers %+v, want %s", url, got, text)
		}
	}
	var listed []struct{ Name, URL, Revision, Expires string }
	list := func() int {
		t.Helper()
		if err := json.Unmarshal([]byte(w.command(t.Context(), w.of("preview", "list", "--json")).text(t, 0)), &listed); err != nil {
			t.Fatal(err)
		}
		return len(listed)
	}
	if list() != many || listed[3].Name != "p-3" || urls[listed[3].URL] != "preview3" || listed[3].Expires == "" {
		t.Errorf("%+v", listed)
	}

	// A release goes by them, and they stay.
	two := w.newApp(t, "hello", "two")
	w.run(t.Context(), two).wait(t, 0)
	if got := w.serves(t); got.Text != "two" {
		t.Errorf("it serves %+v", got)
	}
	if n := list(); n != many {
		t.Errorf("%d previews are left", n)
	}
	again := w.run(t.Context(), w.newApp(t, "hello", "changed"), "--preview", "p-3").wait(t, 0)
	if got := w.answer(t, again.URL); got.Text != "changed" || urls[again.URL] != "preview3" {
		t.Errorf("%s answers %+v", again.URL, got)
	}
	if text := w.command(t.Context(), w.of("preview", "delete", "p-4")).text(t, 0); !strings.Contains(text, "preview p-4 is gone") {
		t.Error(text)
	}
	if text := w.command(t.Context(), w.of("preview", "delete", "p-40")).text(t, 0); !strings.Contains(text, "there is no such preview") {
		t.Error(text)
	}
	if text := w.command(t.Context(), w.of("preview", "delete")).text(t, 2); !strings.Contains(text, "--expired") {
		t.Error(text)
	}
	w.command(t.Context(), w.of("preview", "delete", "--expired")).text(t, 0)
	if n := list(); n != many-1 {
		t.Errorf("%d previews are left", n)
	}
	w.command(t.Context(), w.of("preview", "delete", "--all")).text(t, 0)
	if n := list(); n != 0 {
		t.Errorf("%d previews are left: %+v", n, listed)
	}
	if got := w.serves(t); got.Text != "two" {
		t.Errorf("it serves %+v", got)
	}
	w.app = two
	w.run(t.Context(), w.app).wait(t, 0)
	s, _, err := kindOf("cloud-run").dial(w.access).State(t.Context(), release.Spec{Project: project, Region: region, Service: "hello"})
	if err != nil || s.Held || s.Pinned || len(s.Traffic) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
