package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// aged is why an image missed that is there.
func aged(app App, f Facts, otherwise string) string {
	if f.Aged {
		return "older than wheels.max_age, " + hours(app.Config.Wheels.MaxAge)
	}
	return otherwise
}

// hours is a duration as a configuration has it: 720h, 1h30m.
func hours(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "0s")
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func previous(f Facts, of func(*Made) key.Key) key.Key {
	if f.Previous == nil {
		return key.Key{}
	}
	return of(f.Previous)
}

func wheelsReason(app App, f Facts, k Keys) string {
	return changes(previous(f, func(m *Made) key.Key { return m.Wheels }), k.Wheels, func(name string) string {
		if r, ok := app.Closure.Find(name); ok {
			return fmt.Sprintf("%s:%d: ", r.File, r.Line)
		}
		return ""
	})
}

func runtimeReason(f Facts, k Keys) string {
	before := previous(f, func(m *Made) key.Key { return m.Runtime })
	if wheels := previous(f, func(m *Made) key.Key { return m.Wheels }); before.Hash == "" && wheels.Hash != "" && wheels.Hash != k.Wheels.Hash {
		return "other wheels"
	}
	for _, c := range key.Diff(before, k.Runtime) {
		if c.Name == Wheels && c.Old != "" {
			return "other wheels"
		}
	}
	return changes(before, k.Runtime, nil)
}

func appReason(app App, f Facts) string {
	if f.Previous == nil || len(f.Previous.Seeds.App) == 0 {
		return "this source was not built yet"
	}
	return changes(previous(f, func(m *Made) key.Key { return unfinished(m.Seeds.App) }), unfinished(seedsOf(app).App), nil)
}

// unfinished is a key without its digests, to compare the rest of it.
func unfinished(fields []key.Field) key.Key {
	if len(fields) == 0 {
		return key.Key{}
	}
	return key.New("seed", fields...)
}

// changes says in one line how a key differs from the one before it; place
// gives the file and line of a requirement's name.
func changes(before, k key.Key, place func(name string) string) string {
	if before.Hash == "" {
		return "no earlier image of this service to compare with"
	}
	diff := key.Diff(before, k)
	if len(diff) == 0 {
		return "made again, on other images than before"
	}
	const most = 3
	var parts []string
	for _, c := range diff[:min(most, len(diff))] {
		parts = append(parts, describe(c, place))
	}
	if len(diff) > most {
		parts = append(parts, fmt.Sprintf("and %d more", len(diff)-most))
	}
	return strings.Join(parts, "; ")
}

func describe(c key.Change, place func(string) string) string {
	name, isRequirement := strings.CutPrefix(c.Name, "requirement ")
	where := ""
	if isRequirement && place != nil {
		where = place(name)
	}
	switch {
	case strings.HasPrefix(c.Old, "sha256:"), strings.HasPrefix(c.New, "sha256:"),
		len(c.Old) == 64, len(c.New) == 64:
		return where + c.Name + " changed"
	case c.Old == "":
		return fmt.Sprintf("%s%s is new", where, orName(c.New, c.Name, isRequirement))
	case c.New == "":
		return fmt.Sprintf("%s is gone", orName(c.Old, c.Name, isRequirement))
	case isRequirement:
		return fmt.Sprintf("%s%s → %s", where, c.Old, strings.TrimPrefix(c.New, name))
	}
	return fmt.Sprintf("%s%s: %s → %s", where, c.Name, c.Old, c.New)
}

func orName(value, name string, isRequirement bool) string {
	if isRequirement {
		return value
	}
	return name
}
