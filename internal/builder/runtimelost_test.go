package builder_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestLostLayers: a layer that the registry has lost is made again, also with other
// bytes. Where it is lost under a run, that says to run again.
func TestLostLayers(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	for i, tt := range []struct {
		text  string // of what is made again
		under bool   // lost when the run has mounted it
	}{{}, {text: " made again"}, {under: true}, {text: " made again", under: true}} {
		s := y.site(t, fmt.Sprint("lost-", i))
		first, err := building{site: s, agent: "run-one"}.run(t.Context(), t)
		if err != nil {
			t.Fatal(err)
		}
		r := s.client(t, "owner")
		if deleted, err := r.DeleteImage(t.Context(), plan.Runtime, first.Runtime); !deleted || err != nil { // else its tag would name what is broken
			t.Fatal(deleted, err)
		}
		lose := func() {
			kept, _, err := r.Layer(t.Context(), plan.Layers, keysOf(t)[0])
			if err != nil {
				t.Fatal(err)
			}
			s.lose(t, kept.Digest)
		}
		again := building{site: s, agent: "run-two", text: tt.text}
		if tt.under {
			again.between = lose
			if _, err := again.run(t.Context(), t); errs.KindOf(err) != errs.Transient || errs.HintOf(err) == "" {
				t.Errorf("%+v: %v, %v", tt, errs.KindOf(err), err)
			}
			if tags, err := r.Tags(t.Context(), plan.Runtime); err != nil || len(tags) > 0 {
				t.Errorf("%+v: it leaves %v, %v", tt, tags, err)
			}
			again.between = nil
		} else {
			lose()
		}
		if _, err := again.run(t.Context(), t); err != nil {
			t.Errorf("%+v: then %v", tt, err)
		}
		if tags := s.tags(t); len(tags) != 4 || tags[plan.Runtime+":"+hashR] == first.Runtime && tt.text != "" {
			t.Errorf("%+v: it leaves %v", tt, tags)
		}
	}
}

// TestLostBase: a base of which the registry has lost something is sent again.
func TestLostBase(t *testing.T) {
	t.Parallel()
	s := newYard(t).site(t, "gcpdeploy")
	d, p := savedImage{filesOf(t, map[string]string{"bin/sh": "sh"})}, plan.Plan{Base: "base:1"}
	for n := range 3 {
		var out strings.Builder
		if err := builder.Base(t.Context(), d, s.client(t, "run-base"), p, wheelsSource(t), &out); err != nil || !strings.HasPrefix(out.String(), "the base image is ") {
			t.Fatal(err, out.String())
		}
		var base string
		for tag, digest := range s.tags(t) { // all of them are whole
			if strings.HasPrefix(tag, plan.System+":") {
				base = digest
			}
		}
		_, layers, err := s.client(t, "owner").Content(t.Context(), plan.System, base)
		if err != nil || len(layers) != 1 {
			t.Fatal(n, layers, err)
		}
		s.lose(t, layers[0].Blob)
	}
}

// savedImage is a Docker that has one image.
type savedImage struct{ v1.Image }

func (s savedImage) InspectImage(context.Context, string) (docker.Image, bool, error) {
	id, err := s.ConfigName()
	return docker.Image{ID: id.String()}, true, err
}

func (s savedImage) Get(context.Context, string) error { return nil }

func (s savedImage) Save(_ context.Context, _ string, to io.Writer) error {
	return tarball.Write(name.MustParseReference("base:1"), s.Image, to)
}
