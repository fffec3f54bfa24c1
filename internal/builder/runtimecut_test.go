package builder_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	emuregistry "github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// cut is a call of a run, the n-th of its kind.
type cut struct {
	call string
	n    int
}

var names = regexp.MustCompile(`/my-project/[a-z0-9-]+|sha256:[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|run-[a-z]+`)

// counter numbers the calls of a run.
type counter map[string]int

func (c counter) next(call emulator.Call) cut {
	kind := call.Method + " " + names.ReplaceAllString(call.Path, "*")
	c[kind]++
	return cut{kind, c[kind]}
}

func by(call emulator.Call, agent string) bool { return strings.HasPrefix(call.Agent, agent+" ") }

// kill is where a run is killed: before or after a call, or in the middle of what it sends.
type kill struct {
	cut
	way string
}

const layersOf, runtimesOf, tagging = "/v2*/layers/", "/v2*/runtime/", "POST /google.devtools.artifactregistry.v1.ArtifactRegistry/CreateTag"

// kills are those that are tried of a run that made these calls: those that leave
// something half made, or all.
func kills(all []cut) (list []kill) {
	if os.Getenv("GCPDEPLOY_E2E_WHOLE") == "" {
		return []kill{
			{cut{"PATCH " + layersOf + "blobs/uploads/*", 1}, "during"},
			{cut{"PUT " + layersOf + "manifests/*", 1}, "before"},
			{cut{tagging, 1}, "before"}, // of a layer
			{cut{tagging, 1}, "after"},
			{cut{"PATCH " + runtimesOf + "blobs/uploads/*", 1}, "during"},
			{cut{"PUT " + runtimesOf + "manifests/*", 1}, "before"},
			{cut{"PUT " + runtimesOf + "manifests/*", 1}, "after"},
			{cut{tagging, 3}, "before"}, // of the runtime's key
			{cut{tagging, 3}, "after"},
		}
	}
	for _, at := range all {
		list = append(list, kill{at, "before"}, kill{at, "after"})
		if strings.HasPrefix(at.call, "PATCH ") {
			list = append(list, kill{at, "during"})
		}
	}
	return list
}

// TestKillRuntime kills a run that puts a runtime together at its calls. No tag then
// names what is not whole, and the next run comes to what one that was not killed does.
func TestKillRuntime(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	s := y.site(t, "whole")
	var mu sync.Mutex
	var all []cut
	n := counter{}
	y.disturb(func(c emulator.Call) fault.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if by(c, "run-all") {
			all = append(all, n.next(c))
		}
		return fault.None
	})
	if _, err := (building{site: s, agent: "run-all"}).run(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	want := s.tags(t)
	if len(want) != 4 { // wheels, two layers, runtime
		t.Fatalf("%v", want)
	}
	for i, at := range kills(all) {
		t.Log(at)
		s := y.site(t, fmt.Sprint("cut-", i))
		ctx, end := context.WithCancel(t.Context())
		n, dead := counter{}, false
		y.disturb(func(c emulator.Call) fault.Trouble {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case !by(c, "run-cut"):
				return fault.None
			case dead:
				end()
				return fault.Reset
			case n.next(c) != at.cut:
				return fault.None
			}
			switch dead = true; at.way {
			case "before":
				end()
				return fault.Reset
			case "after":
				return fault.Lost
			}
			emulator.Get[*emuregistry.Server](y.server).Faults.Drop("uploads.PATCH", 1, 20)
			return fault.None
		})
		_, err := building{site: s, agent: "run-cut"}.run(ctx, t)
		end()
		mu.Lock()
		if !dead || err == nil {
			t.Errorf("%v: it was killed: %v, and ended with %v", at, dead, err)
		}
		mu.Unlock()
		for tag, digest := range s.tags(t) {
			if want[tag] != digest {
				t.Errorf("%v: it leaves %s of %s", at, tag, digest)
			}
		}
		if _, err := (building{site: s, agent: "run-next"}).run(t.Context(), t); err != nil {
			t.Errorf("%v: then %v", at, err)
		}
		if diff := cmp.Diff(want, s.tags(t)); diff != "" || t.Failed() {
			t.Fatalf("%v: the end is another (-want +got):\n%s", at, diff)
		}
	}
}

// TestTwoRuntimesAtOnce: of two runs that make the same layers at once the second sends
// none that the first has sent. Where its bytes are others it sends its own, and both
// have the first one's all the same.
func TestTwoRuntimesAtOnce(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 4, " of the second": 8} { // of layers, and of the configurations of their images
		y := newYard(t)
		s := y.site(t, "gcpdeploy")
		var mu sync.Mutex
		sent, pushed, sending, goOn := counter{}, 0, make(chan struct{}), make(chan struct{})
		y.disturb(func(c emulator.Call) fault.Trouble {
			mu.Lock()
			sent.next(c)
			waits := by(c, "run-one") && strings.HasSuffix(c.Path, "/CreateTag") && pushed < 2
			if waits {
				if pushed++; pushed == 2 { // both of its layers are there, and have no tags
					close(sending)
				}
			}
			mu.Unlock()
			if waits {
				<-goOn
			}
			return fault.None
		})
		var one plan.Published
		ended := make(chan error)
		go func() {
			var err error
			one, err = building{site: s, agent: "run-one"}.run(t.Context(), t)
			ended <- err
		}()
		two, err := building{site: s, agent: "run-two", text: text, between: func() { <-sending }}.run(t.Context(), t)
		close(goOn)
		if err := errors.Join(err, <-ended); err != nil {
			t.Fatal(err)
		}
		layers, runtimes := sent["PATCH /v2*/layers/blobs/uploads/*"], sent["PATCH /v2*/runtime/blobs/uploads/*"]
		if one.Runtime != two.Runtime || layers != want || runtimes != 4 { // environment, packages, lock and configuration
			t.Errorf("bytes%q: %s and %s, with %d and %d blobs sent", text, one.Runtime, two.Runtime, layers, runtimes)
		}
		if tags := s.tags(t); len(tags) != 4 {
			t.Errorf("bytes%q: it leaves %v", text, tags)
		}
	}
}
