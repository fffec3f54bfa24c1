package plan

import (
	"fmt"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// Difference is a field in which a key differs from an earlier one. Text says it
// for people; Place is where a requirement comes from, "requirements.txt:3".
type Difference struct {
	key.Change
	Place string `json:"place,omitempty"`
	Text  string `json:"text"`
}

// Explanation is how each of the keys differs from that of an earlier image.
type Explanation struct {
	Wheels, Runtime, TestEnv, App []Difference
}

// Explain compares what an app asks for with what an earlier image was made
// from. A key that is not known of the earlier image has no differences.
func Explain(app App, before Made) Explanation {
	now, seeds := KeysOf(app, ""), seedsOf(app)
	return Explanation{
		Wheels:  Differences(app.Closure, before.Wheels, now.Wheels),
		Runtime: Differences(app.Closure, before.Runtime, now.Runtime),
		TestEnv: Differences(app.Closure, unfinished(before.Seeds.TestEnv), unfinished(seeds.TestEnv)),
		App:     Differences(app.Closure, unfinished(before.Seeds.App), unfinished(seeds.App)),
	}
}

// Differences compares two keys; closure tells the places of requirements, and may
// be nil.
func Differences(closure *closure.Closure, before, k key.Key) []Difference {
	if before.Hash == "" {
		return nil
	}
	var all []Difference
	for _, c := range key.Diff(before, k) {
		d := Difference{Change: c}
		if c.Name == Wheels && c.Old != "" && c.New != "" {
			d.Text = "other wheels"
			all = append(all, d)
			continue
		}
		d.Text = describe(c, func(name string) string {
			if closure == nil {
				return ""
			}
			r, ok := closure.Find(name)
			if !ok {
				return ""
			}
			d.Place = fmt.Sprintf("%s:%d", r.File, r.Line)
			return d.Place + ": "
		})
		all = append(all, d)
	}
	return all
}
