package run

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// ruleVolumes are those of volumes, and of what is mounted in the app's container.
func ruleVolumes(s *Settings) *config.Conflict {
	for _, name := range slices.Sorted(maps.Keys(s.Volumes)) {
		v := s.Volumes[name]
		if f := v.wrong(); f != nil {
			return conflict("volumes", name, f.Hint, "%s", name+" "+f.Message)
		}
		switch {
		case name == sqlVolume || strings.HasPrefix(name, secretVolume):
			return conflict("volumes", name, "Choose another name.", "%s is a name that gcpdeploy gives", name)
		case v.Type != volumeMemory && s.ExecutionEnvironment == gen1:
			return conflict("volumes", name, "Set run.execution_environment to gen2.", "%s is a volume of type %s, which gen1 has none of", name, v.Type)
		case v.Mount == "" && !mountedBeside(s, name):
			return conflict("volumes", name, "Set its mount.", "%s is mounted nowhere", name)
		}
	}
	m := mounts{}
	for _, name := range slices.Sorted(maps.Keys(s.Volumes)) {
		if c := at("volumes", name, m.add(s.Volumes[name].Mount, name)); c != nil {
			return c
		}
	}
	if len(s.CloudSQLInstances) > 0 {
		if c := at("cloudsql_instances", "", m.add(sqlMount, "run.cloudsql_instances")); c != nil {
			return c
		}
	}
	return m.secrets("secrets", s.Secrets)
}

// mountedBeside says whether a sidecar has a volume.
func mountedBeside(s *Settings, volume string) bool {
	for _, c := range s.Sidecars {
		if _, ok := c.Mounts[volume]; ok {
			return true
		}
	}
	return false
}

// mounts is what a container has at each folder.
type mounts map[string]string

func (m mounts) add(folder, what string) *config.Fault {
	if folder == "" {
		return nil
	}
	if other, twice := m[folder]; twice {
		return config.Wrong("Choose another folder for one of them.", "%s is mounted at %s, where %s is", what, folder, other)
	}
	m[folder] = what
	return nil
}

// secrets adds the folders of secrets that are files, and says what is wrong at a key.
func (m mounts) secrets(key string, secrets map[string]string) *config.Conflict {
	of := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if !isFile(name) {
			continue
		}
		folder := path.Dir(name)
		secret, _ := secretRef(secrets[name])
		if other, ok := of[folder]; ok {
			if other != secret {
				return conflict(key, name, "Give it a folder of its own.", "%s is of another secret than the other files in %s: Cloud Run mounts one secret at a folder", name, folder)
			}
			continue
		}
		of[folder] = secret
		if c := at(key, name, m.add(folder, name)); c != nil {
			return c
		}
	}
	return nil
}

// ruleSidecars are those of the containers beside the app's. What is wrong in one is told
// where its name is.
func ruleSidecars(s *Settings) *config.Conflict {
	if n := len(s.Sidecars); n > mostSidecars {
		return conflict("sidecars", "", "", "has %d containers, and Cloud Run takes %d", n, mostSidecars)
	}
	for _, name := range s.DependsOn {
		if _, ok := s.Sidecars[name]; !ok {
			return conflict("depends_on", "", "Name one of run.sidecars.", "names %s, which is none of run.sidecars", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Sidecars)) {
		if f := s.wrong(name, s.Sidecars[name]); f != nil {
			return conflict("sidecars", name, f.Hint, "%s", name+": "+f.Message)
		}
	}
	if name, circle := circular(s.Sidecars); circle {
		return conflict("sidecars", name, "Remove one of the depends_on.", "%s waits for itself", name)
	}
	return nil
}

// wrong says what is wrong with a sidecar.
func (s *Settings) wrong(name string, c Sidecar) *config.Fault {
	if name == appContainer {
		return config.Wrong("Choose another name.", "is what the app's own container is called")
	}
	if key, _, text, wrong := misfit(c.CPU, c.Memory); wrong {
		return config.Wrong("", "%s", key+" "+strings.ReplaceAll(text, "run.memory", "its memory"))
	}
	for _, v := range slices.Sorted(maps.Keys(c.Secrets)) {
		if _, both := c.Env[v]; both {
			return config.Wrong("Keep one of them.", "%s is in its env and in its secrets", v)
		}
	}
	for _, p := range []struct {
		kind  string
		probe *Probe
	}{{startupProbe, c.StartupProbe}, {livenessProbe, c.LivenessProbe}, {readinessProbe, c.ReadinessProbe}} {
		if f := p.probe.wrong(p.kind, false); f != nil {
			return config.Wrong(f.Hint, "%s", p.kind+" "+f.Message)
		}
	}
	m := mounts{}
	for _, volume := range slices.Sorted(maps.Keys(c.Mounts)) {
		if _, ok := s.Volumes[volume]; !ok {
			return config.Wrong("Name one of run.volumes.", "mounts %s, which is none of run.volumes", volume)
		}
		if f := m.add(c.Mounts[volume], volume); f != nil {
			return f
		}
	}
	for _, other := range c.DependsOn {
		if _, ok := s.Sidecars[other]; !ok {
			return config.Wrong("Name one of run.sidecars.", "depends_on names %s, which is none of run.sidecars", other)
		}
	}
	if wrong := m.secrets("sidecars", c.Secrets); wrong != nil {
		return &wrong.Fault
	}
	return nil
}

// circular finds a sidecar that waits for itself.
func circular(all map[string]Sidecar) (name string, found bool) {
	var waits func(name string, on []string) bool
	waits = func(name string, on []string) bool {
		for _, next := range all[name].DependsOn {
			if slices.Contains(on, next) || waits(next, append(slices.Clone(on), next)) {
				return true
			}
		}
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if waits(name, []string{name}) {
			return name, true
		}
	}
	return "", false
}
