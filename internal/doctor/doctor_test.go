package doctor_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestRun(t *testing.T) {
	t.Parallel()
	second := make(chan struct{})
	checks := []doctor.Check{
		{Name: "first", Run: func(context.Context) []doctor.Finding {
			<-second // they run at once
			return doctor.Well("is well")
		}},
		{Name: "second", Run: func(context.Context) []doctor.Finding {
			close(second)
			return append(doctor.Of(errs.New(errs.Auth, "Ask.", "denied")), doctor.Of(errors.New("broken"))...)
		}},
		{Name: "none", Run: func(context.Context) []doctor.Finding { return nil }},
	}
	var seen []doctor.Finding
	all := doctor.Run(t.Context(), checks, func(f doctor.Finding) { seen = append(seen, f) })
	want := []doctor.Finding{
		{Name: "first", Mark: doctor.OK, Text: "is well"},
		{Name: "second", Mark: doctor.Warn, Text: "denied", Fix: "Ask."},
		{Name: "second", Mark: doctor.Fail, Text: "broken"},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("seen, -want +got:\n%s", diff)
	}
	if n := doctor.Failed(all); n != 1 {
		t.Errorf("%d failed", n)
	}
}
