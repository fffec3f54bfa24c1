package run_test

import (
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// previewed is a release of a preview that is a service, shown for a minute.
func previewed() run.Desired {
	d := desired()
	d.Preview = &release.Preview{Name: "pr-1", Of: "shop", Seconds: 60}
	return d
}

// TestEndOwnPreview: a preview whose time is over goes with a release of the service that it
// is of, or of another preview; not if it has got more time, or is another service, even
// while it is being deleted.
func TestEndOwnPreview(t *testing.T) {
	t.Parallel()
	longer := func(s *runpb.Service) {
		d := previewed()
		d.Preview.Seconds = 3600
		s.Annotations, s.Etag = run.Merge(nil, d).Annotations, "x"
	}
	plain := func(s *runpb.Service) { s.Annotations, s.Etag = run.Merge(nil, desired()).Annotations, "x" }
	other := func(s *runpb.Service) {
		d := previewed()
		d.Preview.Of = "other"
		s.Annotations = run.Merge(nil, d).Annotations
	}
	for _, tt := range []struct {
		name           string
		before, during func(*runpb.Service)
		after          time.Duration
		gone           bool
	}{
		{"its time is over", nil, nil, 2 * time.Minute, true},
		{"it is not", nil, nil, 30 * time.Second, false},
		{"of another service", other, nil, 2 * time.Minute, false},
		{"no preview any more", plain, nil, 2 * time.Minute, false},
		{"it changes meanwhile", nil, func(s *runpb.Service) { s.Etag = "x" }, 2 * time.Minute, true},
		{"it gets more time meanwhile", nil, longer, 2 * time.Minute, false},
		{"it is released to as itself meanwhile", nil, plain, 2 * time.Minute, false},
	} {
		for _, from := range []release.Spec{{Service: "shop", OwnPreviews: true}, {Service: "shop-pr-2", OwnPreviews: true, Preview: &release.Preview{Name: "pr-2", Of: "shop"}}} {
			t.Run(tt.name+", by "+from.Service, func(t *testing.T) {
				t.Parallel()
				s := &cloudRun{service: apply(nil, run.Merge(nil, previewed()))}
				if tt.before != nil {
					tt.before(s.service)
				}
				d := desired()
				s.fleet = map[string]fleet{"projects/" + d.Project + "/locations/" + d.Region: {services: []*runpb.Service{s.service}}}
				var once sync.Once
				s.before = func(call string) error {
					if call == "delete" && tt.during != nil {
						once.Do(func() { s.mu.Lock(); tt.during(s.service); s.mu.Unlock() })
					}
					return nil
				}
				from.Project, from.Region = d.Project, d.Region
				warning := run.NewTarget(access(t, s)).Settle(t.Context(), from, release.Released{}, release.Run{ID: "later", Started: noon.Add(tt.after)}, nil)
				if warning != "" || s.deleted != tt.gone {
					t.Errorf("deleted: %v, want %v; %q", s.deleted, tt.gone, warning)
				}
			})
		}
	}
}

// TestOwnPreviewPlace: a preview takes the place of no service that is not that preview,
// even of one that comes meanwhile; and a service that is released to as itself is none.
func TestOwnPreviewPlace(t *testing.T) {
	t.Parallel()
	plain := apply(nil, run.Merge(nil, desired()))
	for name, in := range map[string]func(*cloudRun){
		"there before": func(s *cloudRun) { s.service = plain },
		"there meanwhile": func(s *cloudRun) {
			var once sync.Once
			s.before = func(call string) error {
				if call == "create" {
					once.Do(func() { s.mu.Lock(); s.service = plain; s.mu.Unlock() })
				}
				return nil
			}
		},
	} {
		s := &cloudRun{}
		in(s)
		target := run.NewTarget(access(t, s))
		_, err := target.Deploy(t.Context(), previewed().Spec, image+"0", release.Run{ID: "later", Started: noon.Add(time.Hour)}, nil)
		if errs.KindOf(err) != errs.Usage || s.service.GetTemplate().GetContainers()[0].GetImage() != plain.GetTemplate().GetContainers()[0].GetImage() {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := target.Observe(t.Context(), previewed().Spec); errs.KindOf(err) != errs.Usage {
			t.Errorf("%s, before a build: %v", name, err)
		}
	}
	shown := apply(nil, run.Merge(nil, previewed()))
	if merged := run.Merge(shown, desired()); merged.Annotations["gcpdeploy.dev/preview"] != "" || run.Same(shown, merged) {
		t.Errorf("it is a preview still: %v", merged.Annotations)
	}
	later := previewed()
	later.Preview.Seconds = 0
	if !run.Same(shown, run.Merge(shown, later)) {
		t.Error("another time to live makes another revision")
	}
}
