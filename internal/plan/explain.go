package plan

import (
	"fmt"
	"slices"

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

// Between says in what an image was made otherwise than an earlier one, each thing once:
// a key's field that is made of another key says no more than that one does.
func Between(before, now Made) []Difference {
	var all []Difference
	for _, keys := range [][2]key.Key{
		{before.Wheels, now.Wheels}, {before.Runtime, now.Runtime}, {unfinished(before.Seeds.App), unfinished(now.Seeds.App)},
	} {
		for _, d := range Differences(nil, keys[0], keys[1]) {
			made := d.Name == Wheels || d.Name == Runtime
			if !made && !slices.ContainsFunc(all, func(other Difference) bool { return other.Name == d.Name }) {
				all = append(all, d)
			}
		}
	}
	return all
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
