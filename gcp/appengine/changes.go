package appengine

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// changes are what a release would make otherwise than a version is, its image apart. Of a
// version's settings that we know only a hash: what is told are variables, and how far it
// scales. That the rest is another one is all there is to say of it.
func changes(s release.Spec, v existing) ([]release.Change, error) {
	w, err := want(s, v.Deployment.Container.Image)
	if err != nil || w.is(v) {
		return nil, err
	}
	env := maps.Clone(v.EnvVariables)
	delete(env, runVariable)
	asked := version(s, w.options, "", "", nil)
	is, will := settingsOf(env, v.AutomaticScaling, v.ManualScaling), settingsOf(asked.EnvVariables, asked.AutomaticScaling, asked.ManualScaling)
	for path := range is { // App Engine fills in what nobody asked for
		if _, compared := will[path]; !compared && !strings.HasPrefix(path, envPath) {
			delete(is, path)
		}
	}
	all := release.Compare(is, will)
	if len(all) == 0 {
		was, now := "as it was released", "as it is set now"
		all = []release.Change{{Path: "app_engine", Old: &was, New: &now}}
	}
	return all, nil
}

const envPath = "app_engine.env_variables."

func settingsOf(env map[string]string, a *automatic, m *manual) map[string]release.Setting {
	all := map[string]release.Setting{}
	for name, value := range env {
		all[envPath+name] = release.Setting{Text: value, Hidden: true}
	}
	if m != nil {
		all["app_engine.manual_scaling.instances"] = release.Setting{Text: fmt.Sprint(m.Instances)}
	}
	var parts map[string]any
	data, _ := json.Marshal(a) // texts and numbers only: never fails
	_ = json.Unmarshal(data, &parts)
	flatten(all, "app_engine.automatic_scaling", parts)
	return all
}

func flatten(all map[string]release.Setting, path string, parts map[string]any) {
	for name, part := range parts {
		if below, ok := part.(map[string]any); ok {
			flatten(all, path+"."+name, below)
			continue
		}
		all[path+"."+name] = release.Setting{Text: fmt.Sprint(part)}
	}
}
