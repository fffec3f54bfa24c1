package group_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/group"
)

// ends are errors as texts.
func ends(all []error) (texts []string) {
	for _, err := range all {
		text := "well"
		if err != nil {
			text = err.Error()
		}
		texts = append(texts, text)
	}
	return texts
}

// TestOneFails: what needs it is not run, and all else is.
func TestOneFails(t *testing.T) {
	t.Parallel()
	members := []group.Member{{"web", []string{"api"}}, {"api", []string{"base", "elsewhere"}}, {"base", nil}, {"worker", []string{"base"}}, {"docs", nil}, {"end", []string{"web", "worker"}}}
	var mu sync.Mutex
	var ran []string
	got := ends(group.Run(t.Context(), members, 2, func(_ context.Context, name string) error {
		mu.Lock()
		defer mu.Unlock()
		ran = append(ran, name)
		if name == "api" {
			return errors.New("broken")
		}
		return nil
	}))
	want := []string{"needs api, which did not end well", "broken", "well", "well", "well", "needs web, which did not end well"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	before := func(a, b string) bool { return slices.Index(ran, a) < slices.Index(ran, b) }
	if len(ran) != 4 || !before("base", "api") || !before("base", "worker") {
		t.Errorf("ran %v", ran)
	}
}

// TestSideBySide: as many as may are under way at once, and no more.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	const most = 3
	var members []group.Member
	for name := range strings.SplitSeq("a b c d e f g", " ") {
		members = append(members, group.Member{Name: name})
	}
	begun, open := make(chan string), make(chan struct{})
	done := make(chan []error)
	go func() {
		done <- group.Run(t.Context(), members, most, func(context.Context, string) error {
			begun <- ""
			<-open
			return nil
		})
	}()
	for range most {
		<-begun
	}
	for range len(members) - most { // each that ends makes room for one
		select {
		case <-begun:
			t.Fatal("more than may at once")
		default:
		}
		open <- struct{}{}
		<-begun
	}
	close(open)
	for i, err := range <-done {
		if err != nil {
			t.Errorf("%s: %v", members[i].Name, err)
		}
	}
}

// TestInterrupted: nothing begins after ctx has ended.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	got := group.Run(ctx, []group.Member{{"a", nil}, {"b", nil}, {"c", []string{"a"}}}, 1, func(ctx context.Context, name string) error {
		cancel()
		return context.Cause(ctx)
	})
	if _, skipped := errors.AsType[*group.Skipped](got[2]); got[0] == nil || !errors.Is(got[1], context.Canceled) || !skipped {
		t.Errorf("%v", got)
	}
}
