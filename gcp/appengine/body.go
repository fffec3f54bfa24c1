package appengine

import (
	"cmp"
	"maps"
	"path"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// egress are the API's words for where requests of the app go through a connector.
var egress = map[string]string{"all-traffic": "ALL_TRAFFIC", "private-ranges-only": "PRIVATE_IP_RANGES"}

// version is the version that a release asks for, of an image by digest. more are
// variables beside the release's.
func version(s release.Spec, o Options, image, id string, more map[string]string) Version {
	v := Version{
		ID: id, Env: "flex", Runtime: "vm", // which App Engine gives back as custom
		BetaSettings: map[string]string{"module_yaml_path": path.Base(cmp.Or(o.YAMLFile, appyaml.Name)), "vm_runtime": "custom"},
		Deployment:   &Deployment{Container{image}},
		Entrypoint:   &Entrypoint{},
		Handlers:     []Handler{{".*", Script{"PLACEHOLDER"}}},

		EnvVariables:   union(s.Env, more),
		ServiceAccount: o.ServiceAccount,
		ReadinessCheck: o.ReadinessCheck.body(),
		LivenessCheck:  o.LivenessCheck.body(),
		Resources:      o.Resources.body(),
		Network:        o.Network.body(),
	}
	maps.Copy(v.BetaSettings, o.BetaSettings)
	v.AutomaticScaling = o.AutomaticScaling.body()
	if n := o.ManualScaling.Instances; n != 0 {
		v.ManualScaling = &manual{n}
	}
	if c := o.VPCAccessConnector; c != (Connector{}) {
		v.VPCAccessConnector = &connector{c.Name, egress[c.Egress]}
	}
	if e := o.Endpoints; e != (Endpoints{}) {
		v.EndpointsService = &endpoints{Name: e.Name, ConfigID: e.ConfigID, RolloutStrategy: strings.ToUpper(e.Rollout)}
		if e.TraceSampling != nil {
			v.EndpointsService.DisableTraceSampling = new(!*e.TraceSampling)
		}
	}
	return v
}

// union are the variables of both; nil where there are none.
func union(a, b map[string]string) map[string]string {
	if len(a)+len(b) == 0 {
		return nil
	}
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

// seconds is a duration as the API writes it; "" = it is not said.
func seconds(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + "s"
}

// or is a part of a version; nil where nothing of it is said.
func or[T comparable](part T) *T {
	var none T
	if part == none {
		return nil
	}
	return &part
}

func (r Resources) body() *resources {
	if r.CPU == 0 && r.MemoryGB == 0 && r.DiskSizeGB == 0 && len(r.Volumes) == 0 {
		return nil
	}
	b := &resources{CPU: r.CPU, MemoryGB: r.MemoryGB, DiskGB: r.DiskSizeGB}
	for _, v := range r.Volumes {
		b.Volumes = append(b.Volumes, volume{v.Name, v.Type, v.SizeGB})
	}
	return b
}

func (a AutomaticScaling) body() *automatic {
	if a == (AutomaticScaling{}) {
		return nil
	}
	return &automatic{
		MinTotalInstances: a.Min, MaxTotalInstances: a.Max, CoolDownPeriod: seconds(a.CoolDownSeconds),
		CPUUtilization:     or(cpuUtilization{a.CPU.Target, seconds(a.CPU.WindowSeconds)}),
		RequestUtilization: or(requestUtilization{a.ConcurrentRequests, a.RequestsPerSecond}),
		NetworkUtilization: or(a.Network),
		DiskUtilization:    or(a.Disk),
	}
}

func (n Network) body() *networkOf {
	if n.Name == "" && n.Subnetwork == "" && n.InstanceTag == "" && n.InstanceIPMode == "" && len(n.ForwardedPorts) == 0 && n.SessionAffinity == nil {
		return nil
	}
	return &networkOf{n.Name, n.Subnetwork, n.InstanceTag, n.InstanceIPMode, n.ForwardedPorts, n.SessionAffinity}
}

func (h Health) body() healthCheck {
	return healthCheck{
		Path: h.Path, Host: h.Host, CheckInterval: seconds(h.IntervalSeconds), Timeout: seconds(h.TimeoutSeconds),
		FailureThreshold: h.FailureThreshold, SuccessThreshold: h.SuccessThreshold,
	}
}

func (r ReadinessCheck) body() *healthCheck {
	b := r.Health.body()
	b.AppStartTimeout = seconds(r.AppStartSeconds)
	return or(b)
}

func (l LivenessCheck) body() *healthCheck {
	b := l.Health.body()
	if l.InitialDelaySeconds != nil {
		b.InitialDelay = strconv.Itoa(*l.InitialDelaySeconds) + "s"
	}
	return or(b)
}
