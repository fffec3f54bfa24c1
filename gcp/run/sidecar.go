package run

import (
	"maps"
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Sidecar is a container that runs beside the app's. It gets no requests from outside.
type Sidecar struct {
	Image          string            `json:"image"`
	Command        []string          `json:"command,omitempty"` // empty = the image's
	Args           []string          `json:"args,omitempty"`
	Env            map[string]string `json:"env,omitempty"`
	Secrets        map[string]string `json:"secrets,omitempty"`
	CPU            string            `json:"cpu,omitempty"`
	Memory         string            `json:"memory,omitempty"`
	Mounts         map[string]string `json:"mounts,omitempty"` // volume → folder
	StartupProbe   *Probe            `json:"startup_probe,omitempty"`
	LivenessProbe  *Probe            `json:"liveness_probe,omitempty"`
	ReadinessProbe *Probe            `json:"readiness_probe,omitempty"`
	DependsOn      []string          `json:"depends_on,omitempty"`
}

// mostSidecars is how many there may be (cloud.google.com/run/quotas, read 2026-11: ten
// containers in an instance).
const mostSidecars = 9

// appContainer is what the app's container is called where it needs a name and has none.
const appContainer = "app"

var sidecarKeys = []config.Key{
	{Name: "image", Set: config.SetText(func(c *Sidecar) *string { return &c.Image }, config.Image)},
	{Name: "command", Set: config.SetWords(func(c *Sidecar) *[]string { return &c.Command })},
	{Name: "args", Set: config.SetWords(func(c *Sidecar) *[]string { return &c.Args })},
	{Name: "env", Set: config.SetMap(func(c *Sidecar) *map[string]string { return &c.Env }, checkVariable, config.AnyText)},
	{Name: "secrets", Set: config.SetMap(func(c *Sidecar) *map[string]string { return &c.Secrets }, checkSecretName, checkSecret)},
	{Name: "cpu", Set: config.SetText(func(c *Sidecar) *string { return &c.CPU }, checkCPU)},
	{Name: "memory", Set: config.SetText(func(c *Sidecar) *string { return &c.Memory }, checkMemory)},
	{Name: "mounts", Set: config.SetMap(func(c *Sidecar) *map[string]string { return &c.Mounts }, dnsLabel, checkMount)},
	{Name: startupProbe, Set: config.SetOne(func(c *Sidecar) **Probe { return &c.StartupProbe }, probeKeys)},
	{Name: livenessProbe, Set: config.SetOne(func(c *Sidecar) **Probe { return &c.LivenessProbe }, probeKeys)},
	{Name: readinessProbe, Set: config.SetOne(func(c *Sidecar) **Probe { return &c.ReadinessProbe }, probeKeys)},
	{Name: "depends_on", Set: config.SetList(func(c *Sidecar) *[]string { return &c.DependsOn }, dnsLabel)},
}

// mounted are the volumes of a sidecar alone, and where it has those and the app's.
func (c Sidecar) mounted(name string) mounted {
	m := secretFiles(name, c.Secrets)
	for _, volume := range slices.Sorted(maps.Keys(c.Mounts)) {
		m.mounts = append(m.mounts, &runpb.VolumeMount{Name: volume, MountPath: c.Mounts[volume]})
	}
	return m
}

// mergeSidecars sets our sidecars where they are, adds new ones, and removes those that
// were ours; app is the container that gets the requests. It gives their own volumes.
func mergeSidecars(t *runpb.RevisionTemplate, app *runpb.Container, d *Desired, before managed) (volumes []*runpb.Volume) {
	if _, taken := d.Sidecars[app.GetName()]; taken || len(d.Sidecars) > 0 && app.GetName() == "" {
		app.Name = appContainer
	}
	t.Containers = slices.DeleteFunc(t.Containers, func(c *runpb.Container) bool {
		_, was := before.Sidecars[c.GetName()]
		_, is := d.Sidecars[c.GetName()]
		return c != app && was && !is
	})
	for _, name := range slices.Sorted(maps.Keys(d.Sidecars)) {
		n := slices.IndexFunc(t.Containers, func(c *runpb.Container) bool { return c != app && c.GetName() == name })
		if n < 0 {
			n, t.Containers = len(t.Containers), append(t.Containers, &runpb.Container{Name: name})
		}
		c, want, was := t.Containers[n], d.Sidecars[name], before.Sidecars[name]
		c.Image = want.Image
		merge(containerFields, c, want.container(), was)
		if c.Resources != nil {
			c.Resources.CpuIdle = app.GetResources() == nil || app.GetResources().GetCpuIdle() // all of an instance's containers have their CPU then
		}
		c.Env = mergeVars(c.Env, vars(want.Env, variables(want.Secrets)), was.Env)
		has := want.mounted(name)
		mergeMounts(c, has.mounts, was.Mounts)
		volumes = append(volumes, has.volumes...)
	}
	return volumes
}

// managing is what of a sidecar will be ours.
func (c Sidecar) managing(name string) managed {
	return managed{
		Fields: wanted(containerFields, c.container()), Env: names(c.Env, variables(c.Secrets)),
		Mounts: mountPaths(c.mounted(name).mounts),
	}
}
