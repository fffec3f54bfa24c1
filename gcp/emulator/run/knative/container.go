package knative

import (
	"errors"
	"maps"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
)

func fromContainer(c *runpb.Container) *runv1.Container {
	v1 := &runv1.Container{
		Name: c.GetName(), Image: c.GetImage(), Command: c.GetCommand(), Args: c.GetArgs(), WorkingDir: c.GetWorkingDir(),
		StartupProbe: fromProbe(c.GetStartupProbe()), LivenessProbe: fromProbe(c.GetLivenessProbe()), ReadinessProbe: fromProbe(c.GetReadinessProbe()),
	}
	if limits := c.GetResources().GetLimits(); len(limits) > 0 {
		v1.Resources = &runv1.ResourceRequirements{Limits: maps.Clone(limits)}
	}
	for _, p := range c.GetPorts() {
		v1.Ports = append(v1.Ports, &runv1.ContainerPort{Name: p.GetName(), ContainerPort: int64(p.GetContainerPort())})
	}
	for _, e := range c.GetEnv() {
		to := &runv1.EnvVar{Name: e.GetName(), Value: e.GetValue()}
		if ref := e.GetValueSource().GetSecretKeyRef(); ref != nil {
			to.ValueFrom = &runv1.EnvVarSource{SecretKeyRef: &runv1.SecretKeySelector{Name: ref.GetSecret(), Key: ref.GetVersion()}}
		}
		v1.Env = append(v1.Env, to)
	}
	return v1
}

// toContainer makes a container what an object asks for.
func toContainer(c *runpb.Container, v1 *runv1.Container) error {
	c.Name, c.Image, c.Command, c.Args, c.WorkingDir = v1.Name, v1.Image, v1.Command, v1.Args, v1.WorkingDir
	if c.Resources == nil {
		c.Resources = &runpb.ResourceRequirements{}
	}
	c.Resources.Limits = nil
	if v1.Resources != nil {
		c.Resources.Limits = maps.Clone(v1.Resources.Limits)
	}
	c.Ports, c.Env = nil, nil
	for _, p := range v1.Ports {
		n, err := int32of(p.ContainerPort, "ports.containerPort")
		if err != nil {
			return err
		}
		c.Ports = append(c.Ports, &runpb.ContainerPort{Name: p.Name, ContainerPort: n})
	}
	for _, e := range v1.Env {
		to := &runpb.EnvVar{Name: e.Name, Values: &runpb.EnvVar_Value{Value: e.Value}}
		if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
			ref := e.ValueFrom.SecretKeyRef
			to.Values = &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: ref.Name, Version: ref.Key}}}
		}
		c.Env = append(c.Env, to)
	}
	var errs [3]error
	c.StartupProbe, errs[0] = toProbe(v1.StartupProbe)
	c.LivenessProbe, errs[1] = toProbe(v1.LivenessProbe)
	c.ReadinessProbe, errs[2] = toProbe(v1.ReadinessProbe)
	return errors.Join(errs[:]...)
}

func fromProbe(p *runpb.Probe) *runv1.Probe {
	if p == nil {
		return nil
	}
	v1 := &runv1.Probe{
		InitialDelaySeconds: int64(p.GetInitialDelaySeconds()), TimeoutSeconds: int64(p.GetTimeoutSeconds()),
		PeriodSeconds: int64(p.GetPeriodSeconds()), FailureThreshold: int64(p.GetFailureThreshold()),
	}
	if a := p.GetHttpGet(); a != nil {
		v1.HttpGet = &runv1.HTTPGetAction{Path: a.GetPath(), Port: int64(a.GetPort())}
		for _, h := range a.GetHttpHeaders() {
			v1.HttpGet.HttpHeaders = append(v1.HttpGet.HttpHeaders, &runv1.HTTPHeader{Name: h.GetName(), Value: h.GetValue()})
		}
	}
	if a := p.GetTcpSocket(); a != nil {
		v1.TcpSocket = &runv1.TCPSocketAction{Port: int64(a.GetPort())}
	}
	if a := p.GetGrpc(); a != nil {
		v1.Grpc = &runv1.GRPCAction{Port: int64(a.GetPort()), Service: a.GetService()}
	}
	return v1
}

func toProbe(v1 *runv1.Probe) (*runpb.Probe, error) {
	if v1 == nil {
		return nil, nil
	}
	p := &runpb.Probe{}
	var port int32
	var port64 int64
	switch {
	case v1.HttpGet != nil:
		port64 = v1.HttpGet.Port
	case v1.TcpSocket != nil:
		port64 = v1.TcpSocket.Port
	case v1.Grpc != nil:
		port64 = v1.Grpc.Port
	}
	for _, n := range []struct {
		from int64
		to   *int32
	}{
		{v1.InitialDelaySeconds, &p.InitialDelaySeconds}, {v1.TimeoutSeconds, &p.TimeoutSeconds}, {v1.PeriodSeconds, &p.PeriodSeconds},
		{v1.FailureThreshold, &p.FailureThreshold}, {port64, &port},
	} {
		var err error
		if *n.to, err = int32of(n.from, "probe"); err != nil {
			return nil, err
		}
	}
	switch {
	case v1.HttpGet != nil:
		get := &runpb.HTTPGetAction{Path: v1.HttpGet.Path, Port: port}
		for _, h := range v1.HttpGet.HttpHeaders {
			get.HttpHeaders = append(get.HttpHeaders, &runpb.HTTPHeader{Name: h.Name, Value: h.Value})
		}
		p.ProbeType = &runpb.Probe_HttpGet{HttpGet: get}
	case v1.TcpSocket != nil:
		p.ProbeType = &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: port}}
	case v1.Grpc != nil:
		p.ProbeType = &runpb.Probe_Grpc{Grpc: &runpb.GRPCAction{Port: port, Service: v1.Grpc.Service}}
	}
	return p, nil
}
