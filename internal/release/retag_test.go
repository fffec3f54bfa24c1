package release_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestFill: who is not named shares what is left as before, in whole percents.
func TestFill(t *testing.T) {
	t.Parallel()
	type shares = map[string]int
	for name, tt := range map[string]struct {
		asked, now, want shares
		kind             errs.Kind
	}{
		"all of it":           {shares{"a": 100}, shares{"b": 100}, shares{"a": 100}, errs.None},
		"some":                {shares{"a": 10}, shares{"b": 100}, shares{"a": 10, "b": 90}, errs.None},
		"more than it had":    {shares{"a": 45}, shares{"a": 40, "b": 60}, shares{"a": 45, "b": 55}, errs.None},
		"in proportion":       {shares{"a": 10}, shares{"b": 60, "c": 40}, shares{"a": 10, "b": 54, "c": 36}, errs.None},
		"rounded":             {shares{"a": 50}, shares{"b": 33, "c": 33, "d": 34}, shares{"a": 50, "b": 17, "c": 16, "d": 17}, errs.None},
		"none":                {shares{"a": 0}, shares{"a": 30, "b": 70}, shares{"b": 100}, errs.None},
		"nothing left for it": {shares{"a": 99}, shares{"b": 50, "c": 50}, shares{"a": 99, "b": 1}, errs.None},
		"too much":            {shares{"a": 60, "b": 50}, shares{"c": 100}, nil, errs.Usage},
		"nobody else":         {shares{"a": 60}, shares{"a": 100}, nil, errs.Usage},
	} {
		listed := func(m shares) (all []release.Share) {
			for _, name := range []string{"a", "b", "c", "d"} {
				if n, ok := m[name]; ok {
					all = append(all, release.Share{Revision: name, Percent: n})
				}
			}
			return all
		}
		got, err := release.Fill(listed(tt.asked), listed(tt.now))
		if diff := cmp.Diff(listed(tt.want), got); diff != "" || errs.KindOf(err) != tt.kind {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}
