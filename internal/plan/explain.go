package plan

import (
	"fmt"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
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

// Explain compares what the inputs ask for with what an earlier image was made
// from. A key that is not known of the earlier image has no differences.
func Explain(in Inputs, before Made) Explanation {
	now, seeds := KeysOf(in, ""), seedsOf(in)
	return Explanation{
		Wheels:  Differences(in, before.Wheels, now.Wheels),
		Runtime: Differences(in, before.Runtime, now.Runtime),
		TestEnv: Differences(in, unfinished(before.Seeds.TestEnv), unfinished(seeds.TestEnv)),
		App:     Differences(in, unfinished(before.Seeds.App), unfinished(seeds.App)),
	}
}

// Differences compares two keys; in tells the places of requirements, and may be
// the zero Inputs.
func Differences(in Inputs, before, k key.Key) []Difference {
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
			if in.Closure == nil {
				return ""
			}
			r, ok := in.Closure.Find(name)
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
