package run

import (
	"maps"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// rollout brings a service to what it wanted when o was made: the latest
// revision is started and must listen, then the traffic moves. What served
// before goes on serving until then, and stays when it fails. One that failed in an
// earlier rollout keeps no traffic from moving among the others. Rollouts of one
// service may run beside each other; the service as it is now decides.
func (s *Server) rollout(o *operation, svc *service) {
	s.mu.Lock()
	rev := svc.revisions[short(svc.pb.GetLatestCreatedRevision())]
	var fail, known *failure
	if rev != nil {
		rev.pins++
		known = rev.failure
	}
	s.mu.Unlock()
	if rev != nil && known == nil {
		if fail = rev.start(); s.host.Context().Err() != nil {
			return // it goes on after the restart
		}
		s.mu.Lock()
		if fail != nil {
			s.markFailed(rev, fail)
		} else {
			s.markReady(rev)
			s.save(svc)
		}
		s.mu.Unlock()
	}
	svc.switching.Lock()
	defer svc.switching.Unlock()
	if fail == nil {
		fail = s.moveTraffic(svc)
	}
	if fail == nil {
		fail = known
	}
	if s.host.Context().Err() != nil {
		return
	}
	s.settle(o, svc, rev, fail)
}

// moveTraffic starts all that shall serve, and then routes to it, at once.
func (s *Server) moveTraffic(svc *service) *failure {
	started := map[*revision]bool{}
	for {
		s.mu.Lock()
		rt, observed := svc.resolve(svc.latestReady())
		missing := maps.Clone(rt.used)
		for r := range started {
			delete(missing, r)
		}
		if svc.deleted || len(missing) == 0 {
			if !svc.deleted {
				svc.route.Store(rt)
				svc.pb.TrafficStatuses = observed
			}
			s.mu.Unlock()
			return nil
		}
		for r := range missing {
			if r.failure != nil {
				f := *r.failure
				s.mu.Unlock()
				return &f
			}
		}
		s.mu.Unlock()
		for r := range missing {
			if f := r.start(); f != nil {
				return f
			}
			s.mu.Lock()
			s.markReady(r)
			s.mu.Unlock()
			started[r] = true
		}
	}
}

// settle writes the outcome and stops what has no traffic any more.
func (s *Server) settle(o *operation, svc *service, rev *revision, fail *failure) {
	s.mu.Lock()
	if rev != nil {
		rev.pins--
	}
	var idle []*container.Instance
	for _, r := range svc.revisions {
		if r.pins == 0 && !svc.route.Load().used[r] {
			idle = append(idle, r.inst)
		}
	}
	if svc.deleted {
		fail = &failure{Code: codeAborted, Message: "The service was deleted."}
	} else {
		if svc.pb.GetGeneration() == o.generation {
			s.setOutcome(svc, fail)
		}
		svc.touch()
		s.save(svc)
	}
	o.finish(proto.CloneOf(svc.pb), fail)
	s.keep(o)
	drain := svc.pb.GetTemplate().GetTimeout().AsDuration()
	s.mu.Unlock()
	for _, in := range idle {
		in.Retire(drain)
	}
}

// setOutcome sets the service's conditions; the caller holds s.mu.
func (s *Server) setOutcome(svc *service, fail *failure) {
	now := timestamppb.New(s.cfg.Now())
	state := runpb.Condition_CONDITION_SUCCEEDED
	if fail != nil {
		state = runpb.Condition_CONDITION_FAILED
	} else {
		svc.pb.ObservedGeneration = svc.pb.GetGeneration()
	}
	ready, conf := condition("Ready", state, now), condition("ConfigurationsReady", state, now)
	routes := condition("RoutesReady", runpb.Condition_CONDITION_SUCCEEDED, now)
	if fail != nil {
		reason := runpb.Condition_REVISION_FAILED
		if fail.Reason != 0 {
			reason = fail.Reason
		}
		for _, c := range []*runpb.Condition{ready, conf} {
			c.Message, c.Severity, c.Reasons = fail.Message, runpb.Condition_ERROR, &runpb.Condition_Reason{Reason: reason}
		}
		if len(svc.route.Load().slots) == 0 {
			routes.State = runpb.Condition_CONDITION_FAILED
			routes.Message, routes.Severity, routes.Reasons = fail.Message, runpb.Condition_ERROR, &runpb.Condition_Reason{Reason: reason}
		}
	}
	svc.pb.Reconciling, svc.pb.TerminalCondition, svc.pb.Conditions = false, ready, []*runpb.Condition{routes, conf}
}
