package run

import (
	"cmp"
	"maps"
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Probe is how Cloud Run sees that a container is well: by a request, a connection, or
// gRPC's health check. A zero number is Cloud Run's default.
type Probe struct {
	HTTPGet             *HTTPGet   `json:"http_get,omitempty"`
	TCPSocket           *TCPSocket `json:"tcp_socket,omitempty"`
	GRPC                *GRPC      `json:"grpc,omitempty"`
	InitialDelaySeconds int        `json:"initial_delay_seconds,omitempty"`
	TimeoutSeconds      int        `json:"timeout_seconds,omitempty"`
	PeriodSeconds       int        `json:"period_seconds,omitempty"`
	FailureThreshold    int        `json:"failure_threshold,omitempty"`
}

// HTTPGet is a request; TCPSocket a connection; GRPC a health check. A port of zero is
// the container's.
type (
	HTTPGet struct {
		Path    string            `json:"path,omitempty"`
		Port    int               `json:"port,omitempty"`
		Headers map[string]string `json:"headers,omitempty"`
	}
	TCPSocket struct {
		Port int `json:"port,omitempty"`
	}
	GRPC struct {
		Port    int    `json:"port,omitempty"`
		Service string `json:"service,omitempty"`
	}
)

// Cloud Run's defaults (run/apiv2's Probe). They are written, as it fills them in.
const (
	probeTimeout   = 1
	probePeriod    = 10
	probeFailures  = 3
	mostStartup    = 240
	mostProbe      = 3600
	probeHTTPPath  = "/"
	mostProbeTries = 1 << 30
)

var probeKeys = []config.Key{
	{Name: "http_get", Set: config.SetOne(func(p *Probe) **HTTPGet { return &p.HTTPGet }, []config.Key{
		{Name: "path", Set: config.SetText(func(h *HTTPGet) *string { return &h.Path }, config.Matching(`/.*`, "a path that starts with /", ""))},
		{Name: "port", Set: config.SetInt(func(h *HTTPGet) *int { return &h.Port }, 1, 65535)},
		{Name: "headers", Set: config.SetMap(func(h *HTTPGet) *map[string]string { return &h.Headers }, config.Matching(`[A-Za-z0-9-]+`, "the name of a header", ""), config.AnyText)},
	})},
	{Name: "tcp_socket", Set: config.SetOne(func(p *Probe) **TCPSocket { return &p.TCPSocket }, []config.Key{
		{Name: "port", Set: config.SetInt(func(h *TCPSocket) *int { return &h.Port }, 1, 65535)},
	})},
	{Name: "grpc", Set: config.SetOne(func(p *Probe) **GRPC { return &p.GRPC }, []config.Key{
		{Name: "port", Set: config.SetInt(func(h *GRPC) *int { return &h.Port }, 1, 65535)},
		{Name: "service", Set: config.SetText(func(h *GRPC) *string { return &h.Service }, config.AnyText)},
	})},
	{Name: "initial_delay_seconds", Set: config.SetInt(func(p *Probe) *int { return &p.InitialDelaySeconds }, 0, mostProbe)},
	{Name: "timeout_seconds", Set: config.SetInt(func(p *Probe) *int { return &p.TimeoutSeconds }, 1, mostProbe)},
	{Name: "period_seconds", Set: config.SetInt(func(p *Probe) *int { return &p.PeriodSeconds }, 1, mostProbe)},
	{Name: "failure_threshold", Set: config.SetInt(func(p *Probe) *int { return &p.FailureThreshold }, 1, mostProbeTries)},
}

// proto is the probe of a container that listens on a port, with all that Cloud Run
// would fill in; nil where there is none.
func (p *Probe) proto(port int32) *runpb.Probe {
	if p == nil {
		return nil
	}
	at := func(own int) int32 { return cmp.Or(int32(own), port) }
	out := &runpb.Probe{
		InitialDelaySeconds: int32(p.InitialDelaySeconds), TimeoutSeconds: cmp.Or(int32(p.TimeoutSeconds), probeTimeout),
		PeriodSeconds: cmp.Or(int32(p.PeriodSeconds), probePeriod), FailureThreshold: cmp.Or(int32(p.FailureThreshold), probeFailures),
	}
	switch {
	case p.HTTPGet != nil:
		get := &runpb.HTTPGetAction{Path: cmp.Or(p.HTTPGet.Path, probeHTTPPath), Port: at(p.HTTPGet.Port)}
		for _, name := range slices.Sorted(maps.Keys(p.HTTPGet.Headers)) {
			get.HttpHeaders = append(get.HttpHeaders, &runpb.HTTPHeader{Name: name, Value: p.HTTPGet.Headers[name]})
		}
		out.ProbeType = &runpb.Probe_HttpGet{HttpGet: get}
	case p.GRPC != nil:
		out.ProbeType = &runpb.Probe_Grpc{Grpc: &runpb.GRPCAction{Port: at(p.GRPC.Port), Service: p.GRPC.Service}}
	default:
		tcp := &runpb.TCPSocketAction{Port: port}
		if p.TCPSocket != nil {
			tcp.Port = at(p.TCPSocket.Port)
		}
		out.ProbeType = &runpb.Probe_TcpSocket{TcpSocket: tcp}
	}
	return out
}

// The kinds of probes.
const (
	startupProbe   = "startup_probe"
	livenessProbe  = "liveness_probe"
	readinessProbe = "readiness_probe"
)

// wrong says what Cloud Run would refuse of a probe, whose numbers are in bounds; port
// says whether its container has one.
func (p *Probe) wrong(kind string, port bool) *config.Fault {
	if p == nil {
		return nil
	}
	asked, own, most := 0, 0, mostProbe
	if p.HTTPGet != nil {
		asked, own = asked+1, p.HTTPGet.Port
	}
	if p.TCPSocket != nil {
		asked, own = asked+1, p.TCPSocket.Port
	}
	if p.GRPC != nil {
		asked, own = asked+1, p.GRPC.Port
	}
	if kind == startupProbe {
		most = mostStartup
	}
	timeout, period := cmp.Or(p.TimeoutSeconds, probeTimeout), cmp.Or(p.PeriodSeconds, probePeriod)
	switch {
	case asked > 1:
		return config.Wrong("Keep one of them.", "can have one of http_get, tcp_socket and grpc only")
	case kind != startupProbe && asked == 0, kind != startupProbe && p.TCPSocket != nil:
		return config.Wrong("Set http_get or grpc.", "must ask by http_get or grpc: Cloud Run takes tcp_socket in startup_probe only")
	case kind == readinessProbe && p.InitialDelaySeconds != 0:
		return config.Wrong("Remove initial_delay_seconds; startup_probe can have one.", "cannot wait before it begins")
	case p.InitialDelaySeconds > most:
		return config.Wrong("", "has an initial_delay_seconds of %d, and Cloud Run takes %d", p.InitialDelaySeconds, most)
	case period > most:
		return config.Wrong("", "has a period_seconds of %d, and Cloud Run takes %d", period, most)
	case timeout > period:
		return config.Wrong("Set period_seconds to as much or more.", "has a timeout_seconds of %d, more than its period_seconds, %d", timeout, period)
	case !port && own == 0:
		return config.Wrong("Set its port.", "names no port, and the container has none")
	}
	return nil
}
