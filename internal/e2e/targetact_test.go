package e2e

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// act is something that a run does to a service that has released one, and then two.
type act struct {
	name string
	do   func(context.Context, release.Target, stage, release.Run) error
	back bool // what serves when it has been done is "one", and else what is released
	try  bool // it is for targets that try what they release beside what serves
}

var acts = []act{
	{"a release", deployed, false, false},
	{"a trial and a release", func(ctx context.Context, t release.Target, s stage, by release.Run) error {
		if r, err := t.Try(ctx, s.Spec, s.images[s.third], by, nil); err != nil || r.Superseded != "" {
			return err
		}
		return deployed(ctx, t, s, by)
	}, false, true},
	{"a rollback", func(ctx context.Context, t release.Target, s stage, by release.Run) error {
		all, err := t.Revisions(ctx, s.Spec)
		if err != nil {
			return err
		}
		to := s.first
		_, err = t.Shift(ctx, s.Spec, release.Split{Shares: []release.Share{{Revision: to, Percent: 100}}, From: release.Parts(all), Run: by}, nil)
		return err
	}, true, false},
}

func deployed(ctx context.Context, t release.Target, s stage, by release.Run) error {
	s.releases.Store(true)
	r, err := t.Deploy(ctx, s.Spec, s.images[s.third], by, nil)
	if err == nil && r.Superseded == "" {
		t.Settle(ctx, s.Spec, r, by, nil)
	}
	return err
}

// stage is a service that two were released to.
type stage struct {
	release.Spec
	images   map[string]string // by their texts
	third    string            // the text of what is released next
	first    string            // revision
	releases *atomic.Bool      // what is released is no longer only tried
}

// wants is the text of what serves when something has been done.
func (s stage) wants(a act) string {
	if a.back {
		return "one"
	}
	return s.third
}

// text is what an image answers.
func (s stage) text(image string) string {
	for text, its := range s.images {
		if its == image {
			return text
		}
	}
	return image
}

// eachAct runs f for each act on each target. s makes a service of its own for each
// number.
func eachAct(t *testing.T, f func(t *testing.T, w targetWorld, a act, s func(int) stage)) {
	for _, k := range kinds {
		for _, a := range acts {
			if a.try && k.Tag == nil {
				continue
			}
			t.Run(k.Config.Name+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				w := k.world(t)
				images := map[string]string{}
				for _, text := range []string{"one", "two", "three", "four"} {
					images[text] = w.pushed(t, text)
				}
				spec, target := w.plan(t, w.app).Release, k.dial(w.access)
				made := 0
				f(t, w, a, func(int) stage {
					made++
					s := stage{spec, images, "three", "", &atomic.Bool{}}
					s.Service = fmt.Sprint("hello-", made)
					for n, text := range []string{"one", "two"} {
						r, err := target.Deploy(t.Context(), s.Spec, images[text], byRun(n), nil)
						if err != nil {
							t.Fatal(err)
						}
						if target.Settle(t.Context(), s.Spec, r, byRun(n), nil); n == 0 {
							s.first = r.Revision
						}
					}
					return s
				})
			})
		}
	}
}

// byRun is the n-th run.
func byRun(n int) release.Run {
	return release.Run{ID: fmt.Sprintf("%08x-run", n), Started: time.Date(2026, 11, 27, 12, n, 0, 0, time.UTC)}
}
