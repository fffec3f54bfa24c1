package config

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// services hold what differs among several services of one repository; dependsOn is the
// one key that is theirs alone.
const (
	services  = "services"
	dependsOn = "depends_on"
)

// memberForm is what a member may be called: its name begins lines of output.
var memberForm = Matching(`[a-z]([a-z0-9-]*[a-z0-9])?`, "small letters, digits and hyphens, such as api", "")

// Member is one of `services:`, or of `regions:`.
type Member struct {
	Name      string
	Region    string   // "" = it is a service
	DependsOn []string // the members that are released before it
}

// member is a Member as the file has it.
type member struct {
	Member
	at   origin // of its name
	says layer
}

// members reads `services:`; none where the file has none.
func (s schema) members(top value, base layer) ([]member, error) {
	v, ok := top.field(services)
	if !ok || v.kind == null {
		return nil, nil
	}
	if own, ok := base["service"]; ok {
		return nil, own.fail("service", Wrong("Remove it, or write it below one of services.", "would be the name of all services"))
	}
	if v.kind != mapping {
		return nil, v.fail(services, Wrong("Write NAME: and its keys below it.", "must be a mapping of names, but is %s", keyName(kindNames[v.kind])))
	}
	if len(v.fields) == 0 {
		return nil, v.fail(services, Wrong("Name one, or remove the key.", "names no service"))
	}
	var all []member
	for _, f := range v.fields {
		if _, bad := memberForm(f.name); bad != nil {
			return nil, f.at.fault(services, ": ", bad)
		}
		m := member{Member: Member{Name: f.name}, at: f.at}
		var err error
		if m.says, err = s.flatten(f.value, dependsOn); err != nil {
			return nil, err
		}
		if err := m.says.into(&Config{Origin: map[string]string{}}, s.choose(m.says, base)); err != nil {
			return nil, err
		}
		if _, said := m.says["service"]; !said {
			m.says["service"] = value{kind: text, text: f.name, at: f.at}
		}
		all = append(all, m)
	}
	for i, f := range v.fields {
		if on, ok := f.value.field(dependsOn); ok {
			if err := all[i].depend(on, all); err != nil {
				return nil, err
			}
		}
	}
	return all, acyclic(all)
}

// field is the value of a mapping's field.
func (v value) field(name string) (value, bool) {
	for _, f := range v.fields {
		if f.name == name {
			return f.value, true
		}
	}
	return value{}, false
}

// depend reads depends_on.
func (m *member) depend(on value, all []member) error {
	key := services + "." + m.Name + "." + dependsOn
	items := on.items
	if on.kind == text {
		items = []value{on}
	} else if on.kind != list {
		return on.fail(key, mistyped("a list of services", on))
	}
	for _, item := range items {
		switch name := item.text; {
		case !item.scalar():
			return item.fail(key, mistyped("the name of a service", item))
		case name == m.Name:
			return item.fail(key, Wrong("Remove it.", "names the service itself"))
		case !slices.Contains(names(all), name):
			return item.fail(key, Wrong(nearest(name, names(all)), "names %s, which is none of services", name))
		case !slices.Contains(m.DependsOn, name):
			m.DependsOn = append(m.DependsOn, name)
		}
	}
	return nil
}

func names(all []member) (names []string) {
	for _, m := range all {
		names = append(names, m.Name)
	}
	return names
}

// nearest is a hint for a name that is none of some.
func nearest(name string, names []string) string {
	if hint := suggest.Hint(name, names); hint != "" {
		return hint
	}
	return "Known are " + strings.Join(names, ", ") + "."
}

// acyclic refuses services that wait for each other.
func acyclic(all []member) error {
	done := map[string]bool{}
	var visit func(m member, way []string) error
	visit = func(m member, way []string) error {
		if n := slices.Index(way, m.Name); n >= 0 {
			return m.at.errorf("Remove one of these "+dependsOn+".", "services wait for each other: %s", strings.Join(append(way[n:], m.Name), " → "))
		}
		if done[m.Name] {
			return nil
		}
		for _, name := range m.DependsOn {
			next := all[slices.Index(names(all), name)]
			if err := visit(next, append(slices.Clone(way), m.Name)); err != nil {
				return err
			}
		}
		done[m.Name] = true
		return nil
	}
	for _, m := range all {
		if err := visit(m, nil); err != nil {
			return err
		}
	}
	return nil
}

// overlays are what an environment says of single services.
func (s schema) overlays(environment value, all []member, base layer) (map[string]layer, error) {
	v, ok := environment.field(services)
	if !ok || v.kind == null {
		return nil, nil
	}
	switch {
	case all == nil:
		return nil, v.fail(services, Wrong("Write `services:` at the top of the file, too.", "says what differs of services that the file does not have"))
	case v.kind != mapping:
		return nil, v.fail(services, mistyped("a mapping of names", v))
	}
	out := map[string]layer{}
	for _, f := range v.fields {
		if !slices.Contains(names(all), f.name) {
			return nil, f.at.errorf(nearest(f.name, names(all)), "%s has no service %s", services, f.name)
		}
		says, err := s.flatten(f.value)
		if err != nil {
			return nil, err
		}
		if err := says.into(&Config{Origin: map[string]string{}}, s.choose(says, base)); err != nil {
			return nil, err
		}
		out[f.name] = says
	}
	return out, nil
}
