package run_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestShift: traffic moves to what is named or to the latest, tags stay, and it is left
// alone where it is not as it was seen, or a later run has been there, even in between.
func TestShift(t *testing.T) {
	t.Parallel()
	by := release.Run{ID: "traffic-1", Started: noon.Add(time.Minute)}
	old := []release.Share{{Revision: "old", Percent: 100}}
	split := []release.Share{{Revision: "old", Percent: 30}, {Revision: "r1", Percent: 70}}
	seen := []release.Share{{Revision: "r1", Percent: 100}}
	const is = "LATEST=100 old#before=0"
	for _, tt := range []struct {
		name    string
		is      string // the traffic; "" = there is no service
		to      release.Split
		between func(*cloudRun) // before the first update
		want    string
		kind    errs.Kind
		by      string // the run at the service then
	}{
		{"to an older one", is, release.Split{Shares: old, From: seen, Run: by}, nil, "old=100 old#before=0", errs.None, "traffic-1"},
		{"split", is, release.Split{Shares: split}, nil, "old=30 r1=70 old#before=0", errs.None, "run-1"},
		{"to the latest", "old=100 r1#x=0", release.Split{Run: by}, nil, "LATEST=100 r1#x=0", errs.None, "traffic-1"},
		{"as it is", is, release.Split{Run: by}, nil, is, errs.None, "run-1"},
		{"not as seen", "old=100", release.Split{Shares: split, From: seen, Run: by}, nil, "old=100", errs.Superseded, "run-1"},
		{"a later run was there", is, release.Split{Shares: old, From: seen, Run: release.Run{ID: "x", Started: noon.Add(-time.Hour)}}, nil, is, errs.Superseded, "run-1"},
		{"it moves in between", is, release.Split{Shares: split, From: seen, Run: by}, func(s *cloudRun) {
			s.service.Etag, s.service.Traffic, s.service.TrafficStatuses = "x", traffic("old=100"), statuses("old=100")
		}, "old=100", errs.Superseded, "run-1"},
		{"something else changes in between", is, release.Split{Shares: old, From: seen, Run: by}, func(s *cloudRun) { s.service.Etag = "x" },
			"old=100 old#before=0", errs.None, "traffic-1"},
		{"no service", "", release.Split{Shares: old}, nil, "", errs.NotFound, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &cloudRun{}
			if tt.is != "" {
				s.service = apply(nil, run.Merge(nil, desired()))
				s.service.Traffic, s.service.TrafficStatuses = traffic(tt.is), statuses(tt.is)
				s.service.Template.Revision = "hello-theirs" // as gcloud names them
			}
			if tt.between != nil {
				var once sync.Once
				s.before = func(call string) error {
					if call == "update" {
						once.Do(func() { s.mu.Lock(); tt.between(s); s.mu.Unlock() })
					}
					return nil
				}
			}
			before := proto.CloneOf(s.service.GetTemplate())
			_, err := run.NewTarget(access(t, s)).Shift(t.Context(), desired().Spec, tt.to, nil)
			if errs.KindOf(err) != tt.kind {
				t.Errorf("%v (%v)", err, errs.KindOf(err))
			}
			if diff := cmp.Diff(tt.want, words(s.service.GetTraffic())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := run.RunOf(s.service).ID; got != tt.by {
				t.Errorf("by %q, want %q", got, tt.by)
			}
			if !proto.Equal(before, s.service.GetTemplate()) {
				t.Errorf("it makes another revision: %v", s.service.GetTemplate())
			}
		})
	}
}

// TestDeployOverPin: the latest, which may have been rolled back, gets nothing while what
// comes after it is not ready.
func TestDeployOverPin(t *testing.T) {
	t.Parallel()
	for _, broken := range []bool{false, true} {
		s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
		s.service.Traffic, s.service.TrafficStatuses = traffic("old=100"), statuses("old=100")
		var sent []string
		s.before = func(call string) error {
			if call == "operation" {
				s.mu.Lock()
				defer s.mu.Unlock()
				if now := words(s.service.GetTraffic()); len(sent) == 0 || sent[len(sent)-1] != now {
					sent = append(sent, now)
				}
			}
			return nil
		}
		want := []string{"old=100", "LATEST=100"}
		if broken {
			s.broken, want = "it does not start", want[:1]
		}
		r, err := run.NewTarget(access(t, s)).Deploy(t.Context(), desired().Spec, image+"0", release.Run{ID: "later", Started: noon.Add(time.Hour)}, nil)
		if diff := cmp.Diff(want, sent); diff != "" || (err != nil) != broken || !broken && (r.Percent != 100 || r.Warning != "" || release.Sole(r.Before) != "old") {
			t.Errorf("%+v, %v; traffic, -want +got:\n%s", r, err, diff)
		}
	}
}

// TestTriedDuringRelease: another run tries its image between the two updates of a release over
// traffic that is fixed. "The latest" is that trial until the revision of the release is
// ready again, and gets nothing.
func TestTriedDuringRelease(t *testing.T) {
	t.Parallel()
	s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
	s.service.Traffic, s.service.TrafficStatuses = traffic("old=100"), statuses("old=100")
	other := desired()
	other.Image, other.Trial, other.Run = image+"9", true, release.Run{ID: "other", Started: noon.Add(2 * time.Hour)}
	var sent []string // to the service, after its first state
	last := int64(1)
	s.before = func(call string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if g := s.service.GetGeneration(); call == "operation" && g != last {
			last = g
			sent = append(sent, words(s.service.GetTraffic())+" "+s.service.GetTemplate().GetContainers()[0].GetImage())
		}
		if call == "get" && len(sent) == 1 { // it looks again
			s.service = apply(s.service, run.Merge(s.service, other))
			last = s.service.GetGeneration()
		}
		return nil
	}
	r, err := run.NewTarget(access(t, s)).Deploy(t.Context(), desired().Spec, image+"0", release.Run{ID: "up", Started: noon.Add(time.Hour)}, nil)
	if err != nil || r.Percent != 100 {
		t.Errorf("%+v, %v", r, err)
	}
	if s.service.Template.Containers[0].Image != image+"0" || len(sent) != 3 {
		t.Errorf("%q", sent)
	}
	for n, update := range sent {
		if moved := strings.HasPrefix(update, "LATEST=100 "); moved != (n == 2) {
			t.Errorf("update %d gives the latest its traffic before that is what was released: %q", n+1, sent)
		}
	}
}

// TestMovedDuringRollout: a release whose revision comes up after a later run has been
// there is told so.
func TestMovedDuringRollout(t *testing.T) {
	t.Parallel()
	s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
	later := release.Run{ID: "traffic-1", Started: noon.Add(time.Hour)}
	s.before = func(call string) error {
		if call == "operation" {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.service.Annotations["gcpdeploy.dev/run"] = later.String()
			s.service.Traffic = traffic("old=100")
		}
		return nil
	}
	r, err := run.NewTarget(access(t, s)).Deploy(t.Context(), desired().Spec, image+"0", release.Run{ID: "up", Started: noon.Add(time.Minute)}, nil)
	if err != nil || r.Superseded != later.ID {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestShiftWins: a release that started before yields to who moved the traffic since.
func TestShiftWins(t *testing.T) {
	t.Parallel()
	s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
	target := run.NewTarget(access(t, s))
	to := release.Split{Shares: []release.Share{{Revision: "old", Percent: 100}}, Run: release.Run{ID: "traffic-1", Started: noon.Add(time.Hour)}}
	if _, err := target.Shift(t.Context(), desired().Spec, to, nil); err != nil {
		t.Fatal(err)
	}
	d := desired()
	r, err := target.Deploy(t.Context(), d.Spec, image+"0", release.Run{ID: "up", Started: noon.Add(time.Minute)}, nil)
	if err != nil || r.Superseded != "traffic-1" || words(s.service.GetTraffic()) != "old=100" {
		t.Errorf("%+v, %v; %s", r, err, words(s.service.GetTraffic()))
	}
	r, err = target.Deploy(t.Context(), d.Spec, image+"0", release.Run{ID: "later", Started: noon.Add(2 * time.Hour)}, nil)
	if err != nil || r.Percent != 100 || words(s.service.GetTraffic()) != "LATEST=100" {
		t.Errorf("a later one: %+v, %v; %s", r, err, words(s.service.GetTraffic()))
	}
}
