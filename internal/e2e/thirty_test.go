package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestThirtyAtOnce: of thirty runs that try and release to one service at once the one that
// started last serves, whichever ends last. All others say that they came before it, and
// nothing of them is left, nor anything lost of what others set.
func TestThirtyAtOnce(t *testing.T) {
	t.Parallel()
	const last = 30
	w := newWorld(t, false)
	r := &race{w: w, images: map[string]string{}, service: "hello"}
	for n := range last + 1 {
		r.images[fmt.Sprint(n)] = w.pushed(t, fmt.Sprint("run-", n))
	}
	r.images["zero"] = r.images["0"]
	r.first(t)
	spec := func(n int) release.Spec {
		s := r.spec("b")
		s.Env = map[string]string{"SHARED": fmt.Sprint(n), fmt.Sprint("OF_", n): "1"}
		return s
	}
	to := kindOf("cloud-run").dial(w.access)
	ends := make([]release.Released, last+1)
	var all sync.WaitGroup
	for n := 1; n <= last; n++ {
		image, by := r.images[fmt.Sprint(n)], byRun(n)
		all.Go(func() {
			end, err := to.Try(t.Context(), spec(n), image, by, nil)
			if err == nil && end.Superseded == "" {
				end, err = to.Deploy(t.Context(), spec(n), image, by, nil)
			}
			if err != nil {
				t.Errorf("run %d: %v", n, err)
			}
			ends[n] = end
		})
	}
	all.Wait()

	yielded := 0
	for n := 1; n < last; n++ {
		var by int
		switch _, err := fmt.Sscanf(ends[n].Superseded, "%x-run", &by); {
		case ends[n].Superseded == "" && ends[n].Percent != 100:
			t.Errorf("run %d neither yields nor releases: %+v", n, ends[n])
		case ends[n].Superseded != "" && (err != nil || by <= n):
			t.Errorf("run %d yields to %q", n, ends[n].Superseded)
		case ends[n].Superseded != "":
			yielded++
		}
	}
	t.Logf("%d of %d yield, the others released before", yielded, last-1)
	if end := ends[last]; end.Superseded != "" || end.Percent != 100 {
		t.Errorf("the last run ends with %+v", end)
	}
	if got := w.serves(t); got.Text != fmt.Sprint("run-", last) {
		t.Errorf("it serves %+v", got)
	}
	st, _, err := to.State(t.Context(), spec(last))
	if err != nil || st.Held || st.Pinned || st.Run != byRun(last).ID {
		t.Errorf("%+v, %v", st, err)
	}
	for _, share := range st.Traffic {
		if strings.HasPrefix(share.Tag, "check-") {
			t.Errorf("%+v is left", share)
		}
	}
	now := w.service(t, r.service)
	env := map[string]string{}
	for _, v := range now.Template.Containers[0].Env {
		env[v.Name] = v.GetValue()
	}
	if fmt.Sprint(env) != "map[OF_30:1 SHARED:30 THEIRS:1]" || now.Description != "theirs" {
		t.Errorf("the variables are %v, the description is %q", env, now.Description)
	}
}
