package errs_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestExitCode(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{io.EOF, 1},
		{errs.New(errs.Usage, "", "no"), 2},
		{fmt.Errorf("wrapped: %w", errs.New(errs.Auth, "", "no")), 4},
		{errs.New(errs.Transient, "", "no"), 75},
		{errs.New(errs.Interrupted, "", "no"), 130},
	} {
		if got := errs.ExitCode(tt.err); got != tt.want {
			t.Errorf("ExitCode(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}

func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want errs.Kind
		name string
	}{
		{nil, errs.None, "none"},
		{io.EOF, errs.Internal, "internal"},
		{fmt.Errorf("wrapped: %w", errs.New(errs.NotFound, "", "no")), errs.NotFound, "not_found"},
		{errs.New(errs.Build, "", "outer: %w", errs.New(errs.Quota, "", "inner")), errs.Build, "build"},
	} {
		if got := errs.KindOf(tt.err); got != tt.want || got.String() != tt.name {
			t.Errorf("KindOf(%v) = %v, want %s", tt.err, got, tt.name)
		}
	}
}

func TestChain(t *testing.T) {
	inner := errs.At(errs.Place{File: "a.txt", Line: 3, Column: 2, Excerpt: "\tx = 1"}, "Fix it.", "bad: %w", io.EOF)
	err := error(errs.New(errs.Usage, "", "reading: %w", inner))
	if got, want := err.Error(), "reading: a.txt:3:2: bad: EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, io.EOF) || errs.HintOf(err) != "Fix it." {
		t.Errorf("chain cut: hint %q", errs.HintOf(err))
	}
	if got, want := errs.PlaceOf(err).Pointer(), "    3 | \tx = 1\n      | \t^"; got != want {
		t.Errorf("Pointer() = %q, want %q", got, want)
	}
}
