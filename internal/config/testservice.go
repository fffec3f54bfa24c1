package config

import (
	"slices"
	"strings"
)

// TestService is a server that runs beside the tests.
type TestService struct {
	Name  string            `json:"name"`
	Image string            `json:"image"`
	Env   map[string]string `json:"env,omitempty"`
	Port  int               `json:"port,omitempty"`  // 0 = what the image says
	Ready []string          `json:"ready,omitempty"` // command in its container that ends with 0 once it can be used
}

var testServiceForm = Matching(`[a-z]([a-z0-9-]{0,38}[a-z0-9])?`, "a name of lower-case letters, digits and hyphens, at most 40", "")

// testServiceKeys are those of each service of the tests.
var testServiceKeys = []Key{
	{Name: "image", Set: SetText(func(s *TestService) *string { return &s.Image }, imageForm)},
	{Name: "env", Set: SetMap(func(s *TestService) *map[string]string { return &s.Env }, CheckVariable, AnyText)},
	{Name: "port", Set: SetInt(func(s *TestService) *int { return &s.Port }, 1, 65535)},
	{Name: "ready", Set: setWords(func(s *TestService) *[]string { return &s.Ready })},
}

// setServices accepts services of the tests by their names. One that is a text is its image.
func setServices(to func(*Config) *[]TestService) Setter {
	set := SetNamed(func(m *map[string]TestService) *map[string]TestService { return m }, testServiceForm, testServiceKeys, "image")
	return func(into any, key string, v value) error {
		if parsed, ok, err := structured(key, v, "{"); err != nil {
			return err
		} else if ok {
			v = parsed
		}
		v.fields = slices.Clone(v.fields)
		for n, f := range v.fields {
			if f.value.scalar() {
				v.fields[n].value = value{kind: mapping, at: f.value.at, fields: []field{{name: "image", at: f.value.at, value: f.value}}}
			}
		}
		named := map[string]TestService{}
		if err := set(&named, key, v); err != nil {
			return err
		}
		var all []TestService
		for name, s := range named {
			s.Name = name
			all = append(all, s)
		}
		slices.SortFunc(all, func(a, b TestService) int { return strings.Compare(a.Name, b.Name) })
		*to(into.(*Config)) = all
		return nil
	}
}
