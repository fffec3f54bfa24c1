package run

import (
	"crypto/rand"
	"fmt"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

var _ runpb.RevisionsServer = (*Server)(nil)

// revision is one immutable revision; Server.mu guards it, but for inst.
type revision struct {
	svc      *service
	pb       *runpb.Revision
	template *runpb.RevisionTemplate // as wanted when it was made, with defaults
	images   map[string]string       // ids of images by what the template says, once they are known
	seq      int64                   // the service's generation that wants it: orders "latest"
	pins     int                     // rollouts that are about it
	ready    bool                    // it has listened once
	failure  *failure                // why it never did
	inst     *container.Instance
}

// id is the revision's short name.
func (r *revision) id() string { return short(r.pb.GetName()) }

// newRevision makes the revision that svc.pb.Template asks for.
func (svc *service) newRevision(now *timestamppb.Timestamp) *revision {
	t := svc.pb.GetTemplate()
	id := t.GetRevision()
	for id == "" || (t.GetRevision() == "" && svc.revisions[id] != nil) {
		id = fmt.Sprintf("%s-%05d-%s", svc.id, svc.pb.GetGeneration(), suffix())
	}
	pb := &runpb.Revision{
		Name: svc.pb.GetName() + "/revisions/" + id, Uid: uuid(), Generation: 1, CreateTime: now, UpdateTime: now,
		LaunchStage: svc.pb.GetLaunchStage(), Service: svc.pb.GetName(), Reconciling: true, Creator: creator,
		LogUri:     "file://" + string(svc.srv.logOf(svc, id)),
		Conditions: []*runpb.Condition{condition("Ready", runpb.Condition_CONDITION_PENDING, now)},
	}
	shared(t.ProtoReflect(), pb.ProtoReflect())
	pb.Etag = fmt.Sprintf("%q", pb.GetUid())
	r := &revision{svc: svc, template: proto.CloneOf(t), pb: proto.CloneOf(pb)}
	r.inst = &container.Instance{Host: svc.srv.host, Maker: r}
	svc.revisions[id] = r
	return r
}

// shared sets the fields of a revision that its template has by the same name.
func shared(from, to protoreflect.Message) {
	from.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if same := to.Descriptor().Fields().ByName(fd.Name()); same != nil {
			to.Set(same, v)
		}
		return true
	})
}

// suffix is three letters or digits that spell no words.
func suffix() string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:])
}

// condition makes a condition in one state, without a reason.
func condition(kind string, state runpb.Condition_State, now *timestamppb.Timestamp) *runpb.Condition {
	return &runpb.Condition{Type: kind, State: state, LastTransitionTime: now}
}

// markReady notes that a revision listens; the caller holds s.mu.
func (s *Server) markReady(r *revision) {
	latest := r.svc.latestReady()
	if latest == nil || latest.seq < r.seq {
		r.svc.pb.LatestReadyRevision = r.pb.GetName()
	}
	if r.ready {
		return
	}
	now := timestamppb.New(s.cfg.Now())
	r.ready, r.failure = true, nil
	r.pb.Reconciling, r.pb.ObservedGeneration, r.pb.UpdateTime, r.pb.Conditions = false, 1, now, nil
	for _, kind := range []string{"Ready", "ContainerHealthy", "ContainerReady", "ResourcesAvailable"} {
		r.pb.Conditions = append(r.pb.Conditions, condition(kind, runpb.Condition_CONDITION_SUCCEEDED, now))
	}
	s.saveRevision(r)
}

// markFailed notes why a revision does not listen; the caller holds s.mu.
func (s *Server) markFailed(r *revision, f *failure) {
	now := timestamppb.New(s.cfg.Now())
	r.failure = f
	r.pb.Reconciling, r.pb.ObservedGeneration, r.pb.UpdateTime, r.pb.Conditions = false, 1, now, nil
	for _, kind := range []string{"Ready", f.Condition} {
		c := condition(kind, runpb.Condition_CONDITION_FAILED, now)
		c.Message, c.Severity = f.Message, runpb.Condition_ERROR
		if f.RevisionReason != 0 {
			c.Reasons = &runpb.Condition_RevisionReason_{RevisionReason: f.RevisionReason}
		} else {
			c.Reasons = &runpb.Condition_Reason{Reason: f.Reason}
		}
		r.pb.Conditions = append(r.pb.Conditions, c)
	}
	s.saveRevision(r)
}

// latestReady is the newest revision that has listened, or nil.
func (svc *service) latestReady() *revision {
	return svc.revisions[short(svc.pb.GetLatestReadyRevision())]
}
