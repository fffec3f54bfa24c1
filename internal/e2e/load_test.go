package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// load is many who ask a service, one request after the other each, until it is ended.
type load struct {
	asked, failed atomic.Int64
	first         sync.Once
	example       string
	stop          chan struct{}
	done          sync.WaitGroup
}

func startLoad(url string) *load {
	l := &load{stop: make(chan struct{})}
	client := &http.Client{Transport: ask.Transport()}
	for range 4 {
		l.done.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
				}
				res, err := client.Get(url)
				said := fmt.Sprint(err)
				if err == nil {
					said = res.Status
					_ = res.Body.Close()
				}
				if l.asked.Add(1); err != nil || res.StatusCode != http.StatusOK {
					l.failed.Add(1)
					l.first.Do(func() { l.example = said })
				}
			}
		})
	}
	return l
}

// end gives how many were asked, and how many of them failed.
func (l *load) end() (asked, failed int64) {
	close(l.stop)
	l.done.Wait()
	return l.asked.Load(), l.failed.Load()
}

// TestUnderLoad: over 20 releases, each tried beside what serves first, and 10 rollbacks no
// request is lost.
func TestUnderLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	to := kindOf("cloud-run").dial(w.access)
	s := w.plan(t, w.app).Release
	began := time.Now().Add(-time.Hour)
	run := func(n int) release.Run {
		return release.Run{ID: fmt.Sprintf("%08d-run", n), Started: began.Add(time.Duration(n) * time.Minute)}
	}
	first, err := to.Deploy(t.Context(), s, w.pushed(t, "zero"), run(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	l := startLoad(first.URL)
	served := []string{first.Revision}
	for n := 1; n <= 20; n++ {
		image, by := w.pushed(t, fmt.Sprint("release", n)), run(2*n)
		if _, err := to.Try(t.Context(), s, image, by, nil); err != nil {
			t.Fatal(err)
		}
		r, err := to.Deploy(t.Context(), s, image, by, nil)
		if err != nil || r.Percent != 100 {
			t.Fatalf("%+v, %v", r, err)
		}
		served = append(served, r.Revision)
		if n%2 == 0 {
			back := release.Split{Shares: []release.Share{{Revision: served[n-1], Percent: 100}}, Run: run(2*n + 1)}
			if _, err := to.Shift(t.Context(), s, back, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if asked, failed := l.end(); failed > 0 || asked == 0 {
		t.Errorf("%d of %d requests failed, the first with %s", failed, asked, l.example)
	}
}

// TestCanaryUnderLoad: what answers 500 to one request in five goes back by itself, and
// says why; what does not takes all of the traffic.
func TestCanaryUnderLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	file := filepath.Join(w.app, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "canary: {steps: [20, 50, 100], pause: 1s, min_requests: 10}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	edit := func(text string) {
		if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one := w.run(t.Context(), w.app).wait(t, 0)
	l := startLoad(one.URL)
	defer l.end()
	edit("flaky")
	bad := w.command(t.Context(), w.of("up", "--verbose")).text(t, 1)
	for _, says := range []string{"has 20 % of the traffic", "requests failed", "more than 1 % are too many", "the traffic is back: 100 % " + one.Revision} {
		if !strings.Contains(bad, says) {
			t.Errorf("it does not say %q:\n%s", says, bad)
		}
	}
	if got := w.serves(t); got.Text != "one" {
		t.Errorf("it serves %+v", got)
	}
	edit("two")
	good := w.command(t.Context(), w.of("up", "--verbose")).text(t, 0)
	for _, says := range []string{"has 20 % of the traffic", "has 50 % of the traffic", "0 of ", "serves 100 %"} {
		if !strings.Contains(good, says) {
			t.Errorf("it does not say %q:\n%s", says, good)
		}
	}
	w.settled(t, "two", "one", "flaky")
}

// canaryStopped: the traffic stays at its step, which everybody is told, and the next run
// goes on from there.
func canaryStopped(t *testing.T, w targetWorld) {
	one := w.up(t, "one")
	w.edit(t, "two")
	u := w.run(t.Context(), w.app, "--canary", "60,100", "--canary-pause", "10m")
	until(t, "the first step", func() bool { return strings.Contains(w.do(t, 0, "traffic"), " 60 %") })
	two := w.releases(t)[0].Revision
	says(t, w.do(t, 0, "status"), "60 % "+two, "40 % "+one.Revision, "\n  canary    "+two+" gets the traffic by steps")
	w.do(t, 0, "cancel")
	u.wait(t, 130)
	says(t, w.do(t, 0, "status"), "60 % "+two, "\n  canary ")
	says(t, w.do(t, 0, "plan"), two+" has 60 % of the traffic: a canary came as far")
	text := w.do(t, 0, "up --verbose --canary 30,60,100 --canary-pause 1s")
	says(t, text, two+" has 60 % of the traffic")
	if strings.Contains(text, "30 %") || len(w.releases(t)) != 2 {
		t.Errorf("it begins anew:\n%s", text)
	}
	w.serves(t, "two")
	if now := w.do(t, 0, "status"); strings.Contains(now, "canary") || strings.Contains(now, "pinned") {
		t.Errorf("something is left:\n%s", now)
	}
	if w.tries() { // what is pinned to all of the traffic, where the target knows that
		w.do(t, 0, "traffic --to-revisions "+two+"=100")
		w.do(t, 0, "up --canary 30,100 --canary-pause 1s")
		if now := w.do(t, 0, "status"); strings.Contains(now, "pinned") {
			t.Errorf("it is pinned still:\n%s", now)
		}
	}
	w.do(t, 0, "rollback")
	w.serves(t, "one")
}
