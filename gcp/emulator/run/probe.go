package run

import (
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// What a probe may wait for at most, in seconds (the protos' comments).
const (
	mostStartup = 240
	mostProbe   = 3600
)

// validateProbes checks those of a container. Of one without a port they must say which
// they ask.
func validateProbes(field string, c *runpb.Container, ingress bool) error {
	for _, of := range []struct {
		name string
		p    *runpb.Probe
		most int32
	}{{"startup_probe", c.GetStartupProbe(), mostStartup}, {"liveness_probe", c.GetLivenessProbe(), mostProbe}, {"readiness_probe", c.GetReadinessProbe(), mostProbe}} {
		if of.p == nil {
			continue
		}
		at := field + "." + of.name
		if err := validateProbe(at, of.p, of.most); err != nil {
			return err
		}
		switch {
		case of.name != "startup_probe" && of.p.GetTcpSocket() != nil:
			return invalid(at, "tcp_socket is supported in startup probes only")
		case of.name != "startup_probe" && of.p.GetProbeType() == nil:
			return invalid(at, "exactly one of http_get and grpc is required")
		case !ingress && portOf(of.p) == 0:
			return invalid(at, "port is required for a container without a port of its own")
		}
	}
	return nil
}

func validateProbe(field string, p *runpb.Probe, most int32) error {
	timeout, period := max(p.GetTimeoutSeconds(), 1), p.GetPeriodSeconds()
	if period == 0 {
		period = 10
	}
	switch {
	case p.GetInitialDelaySeconds() < 0 || p.GetInitialDelaySeconds() > most:
		return invalid(field+".initial_delay_seconds", "must be between 0 and %d", most)
	case p.GetTimeoutSeconds() < 0 || timeout > period:
		return invalid(field+".timeout_seconds", "must not be more than period_seconds")
	case period < 1 || period > most:
		return invalid(field+".period_seconds", "must be between 1 and %d", most)
	case p.GetFailureThreshold() < 0:
		return invalid(field+".failure_threshold", "must be at least 1")
	case p.GetHttpGet() != nil && p.GetHttpGet().GetPath() != "" && !strings.HasPrefix(p.GetHttpGet().GetPath(), "/"):
		return invalid(field+".http_get.path", "must start with /")
	case portOf(p) < 0 || portOf(p) > 65535:
		return invalid(field+".port", "must be between 1 and 65535")
	}
	for _, h := range p.GetHttpGet().GetHttpHeaders() {
		if h.GetName() == "" {
			return invalid(field+".http_get.http_headers", "a name is required")
		}
	}
	return nil
}

func portOf(p *runpb.Probe) int32 {
	return p.GetHttpGet().GetPort() + p.GetTcpSocket().GetPort() + p.GetGrpc().GetPort() // one of them is there
}

// standard is the startup probe of a container with a port that has none.
func standard(port int32) *runpb.Probe {
	return &runpb.Probe{TimeoutSeconds: 240, PeriodSeconds: 240, FailureThreshold: 1,
		ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: port}}}
}

// isStandard says whether a container's startup probe is nobody's own.
func isStandard(c *runpb.Container) bool {
	return proto.Equal(c.GetStartupProbe(), standard(c.GetPorts()[0].GetContainerPort()))
}

// fillProbes completes those of a container; port is its own, 0 = none.
func fillProbes(c *runpb.Container, port int32) {
	if c.StartupProbe == nil && port != 0 {
		c.StartupProbe = standard(port)
	}
	for _, p := range []*runpb.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		if p != nil {
			fillProbe(p, port)
		}
	}
}

func fillProbe(p *runpb.Probe, port int32) {
	fill(&p.TimeoutSeconds, 1)
	fill(&p.PeriodSeconds, 10)
	fill(&p.FailureThreshold, 3)
	switch of := p.ProbeType.(type) {
	case nil:
		p.ProbeType = &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: port}}
	case *runpb.Probe_TcpSocket:
		fill(&of.TcpSocket.Port, port)
	case *runpb.Probe_Grpc:
		fill(&of.Grpc.Port, port)
	case *runpb.Probe_HttpGet:
		fill(&of.HttpGet.Port, port)
		fill(&of.HttpGet.Path, "/")
	}
}

// probesOf are those that a container is asked while it serves.
func probesOf(c *runpb.Container) (all []container.Probe) {
	if p := c.GetLivenessProbe(); p != nil {
		all = append(all, probeOf(p, false))
	}
	if p := c.GetReadinessProbe(); p != nil {
		all = append(all, probeOf(p, true))
	}
	return all
}

func probeOf(p *runpb.Probe, readiness bool) container.Probe {
	seconds := func(n int32) time.Duration { return time.Duration(n) * time.Second }
	to := container.Probe{Kind: container.TCP, Port: int(portOf(p)), Failures: int(p.GetFailureThreshold()), Readiness: readiness,
		Delay: seconds(p.GetInitialDelaySeconds()), Timeout: seconds(p.GetTimeoutSeconds()), Period: seconds(p.GetPeriodSeconds())}
	switch {
	case p.GetHttpGet() != nil:
		to.Kind, to.Path, to.Header = container.HTTP, p.GetHttpGet().GetPath(), http.Header{}
		for _, h := range p.GetHttpGet().GetHttpHeaders() {
			to.Header.Add(h.GetName(), h.GetValue())
		}
	case p.GetGrpc() != nil:
		to.Kind, to.Service = container.GRPC, p.GetGrpc().GetService()
	}
	return to
}
