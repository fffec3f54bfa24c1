// Package releasetest is the smallest target there can be: a shelf in memory, for
// tests. It shows what a target's package holds, and that the other packages need
// no word about one to release to it.
package releasetest

import (
	"encoding/json"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Kind is the shelf as it is known without a connection.
var Kind = release.Kind{
	Title: "the shelf",
	Config: config.Target{
		Name: "shelf", Section: "shelf", New: func() any { return &Settings{} },
		Keys: []config.Key{
			{Name: "port", Flag: "shelf-port", Usage: "port that the app listens on", Default: "7000",
				Set: config.SetInt(func(s *Settings) *int { return &s.Port }, 1, 65535)},
			{Name: "label", Flag: "label", Usage: "what stands on the copies",
				Set: config.SetText(func(s *Settings) *string { return &s.Label }, label)},
			{Name: "env", Flag: "shelf-env", Form: config.List, Usage: "variables of the app",
				Set: config.SetMap(func(s *Settings) *map[string]string { return &s.Env }, config.CheckVariable, config.AnyText)},
		},
		Service: config.Matching(`[a-z0-9-]{1,20}`, "at most twenty letters", ""),
		Rules:   rules,
	},
	Contract: func(s release.Spec) (release.Contract, error) {
		return release.Contract{Title: "the shelf", Env: map[string]string{"SHELF": s.Service, "PORT": strconv.Itoa(s.Port)}, Port: s.Port}, nil
	},
}

var label = config.Matching(`[A-Z]+`, "capital letters", "Write it large.")

// Settings are the keys under `shelf`.
type Settings struct {
	Port  int               `json:"-"`
	Env   map[string]string `json:"-"`
	Label string            `json:"label,omitempty"`
}

var _ release.Section = (*Settings)(nil)

// Fill puts the settings into a release.
func (s *Settings) Fill(to *release.Spec, _ *config.Config) {
	to.Port, to.Env = s.Port, s.Env
	to.Settings, _ = json.Marshal(s) // one text: never fails
}

func rules(settings any) *config.Conflict {
	s := settings.(*Settings)
	if _, ok := s.Env["LABEL"]; ok && s.Label != "" {
		return &config.Conflict{Key: "env", Entry: "LABEL", Fault: *config.Wrong("", "is what shelf.label is for")}
	}
	return nil
}
