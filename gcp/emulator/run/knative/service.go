package knative

import (
	"maps"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

const labelLocation = "cloud.googleapis.com/location"

// fromService gives a service of v2 as v1 shows it.
func fromService(pb *runpb.Service) *runv1.Service {
	pb = proto.CloneOf(pb)
	m := meta(pb.GetName(), pb.GetUid(), pb.GetEtag(), pb.GetCreateTime(), pb.GetDeleteTime())
	m.Generation, m.Annotations = pb.GetGeneration(), shown(serviceRows, pb, pb.GetAnnotations())
	maps.Copy(m.Labels, pb.GetLabels())
	status := &runv1.ServiceStatus{
		ObservedGeneration:        pb.GetGeneration(), // the conditions are always about what is wanted now
		Conditions:                conditions(append([]*runpb.Condition{pb.GetTerminalCondition()}, pb.GetConditions()...)),
		LatestCreatedRevisionName: short(pb.GetLatestCreatedRevision()), LatestReadyRevisionName: short(pb.GetLatestReadyRevision()),
		Traffic: observedTraffic(pb), Url: pb.GetUri(),
	}
	if pb.GetUri() != "" {
		status.Address = &runv1.Addressable{Url: pb.GetUri()}
	}
	return &runv1.Service{ApiVersion: apiVersion, Kind: "Service", Metadata: m, Status: status,
		Spec: &runv1.ServiceSpec{Template: fromTemplate(pb.GetTemplate()), Traffic: wantedTraffic(pb)}}
}

// toService gives the service of v2 that an object asks for, over the one there is.
func toService(have *runpb.Service, v1 *runv1.Service) (*runpb.Service, error) {
	want := proto.CloneOf(have)
	var err error
	if want.Annotations, err = taken("metadata.annotations", serviceRows, want, v1.Metadata.Annotations); err != nil {
		return nil, err
	}
	drop(&want.Scaling)
	drop(&want.BinaryAuthorization)
	want.Labels = maps.Clone(v1.Metadata.Labels)
	if want.Template, err = toTemplate(have.GetTemplate(), v1.Spec.Template); err != nil {
		return nil, err
	}
	if want.Traffic, err = toTraffic(v1.Spec.Traffic); err != nil {
		return nil, err
	}
	return want, kept(v1.Spec, fromService(want).Spec)
}

// meta is the metadata of an object by its name in v2.
func meta(name, uid, etag string, made, gone *timestamppb.Timestamp) *runv1.ObjectMeta {
	p := strings.Split(name, "/")
	if len(p) < 6 { // of what is only to be
		return &runv1.ObjectMeta{Labels: map[string]string{}}
	}
	number := frame.ProjectNumber(p[1])
	m := &runv1.ObjectMeta{
		Name: p[len(p)-1], Namespace: number, Uid: uid, ResourceVersion: version(etag), CreationTimestamp: stamp(made), DeletionTimestamp: stamp(gone),
		SelfLink: "/apis/" + apiVersion + "/namespaces/" + number + "/" + p[len(p)-2] + "/" + p[len(p)-1],
		Labels:   map[string]string{labelLocation: p[3]},
	}
	return m
}

// fromRevision gives a revision of v2 as v1 shows it.
func fromRevision(pb *runpb.Revision) *runv1.Revision {
	t := fromTemplate(&runpb.RevisionTemplate{
		Labels: pb.GetLabels(), Annotations: pb.GetAnnotations(), Scaling: pb.GetScaling(), VpcAccess: pb.GetVpcAccess(), Timeout: pb.GetTimeout(),
		ServiceAccount: pb.GetServiceAccount(), Containers: pb.GetContainers(), Volumes: pb.GetVolumes(), ExecutionEnvironment: pb.GetExecutionEnvironment(),
		EncryptionKey: pb.GetEncryptionKey(), EncryptionKeyRevocationAction: pb.GetEncryptionKeyRevocationAction(),
		EncryptionKeyShutdownDuration: pb.GetEncryptionKeyShutdownDuration(), ServiceMesh: pb.GetServiceMesh(), NodeSelector: pb.GetNodeSelector(),
		GpuZonalRedundancyDisabled: pb.GpuZonalRedundancyDisabled, MaxInstanceRequestConcurrency: pb.GetMaxInstanceRequestConcurrency(), SessionAffinity: pb.GetSessionAffinity(),
	})
	m := meta(pb.GetName(), pb.GetUid(), pb.GetEtag(), pb.GetCreateTime(), pb.GetDeleteTime())
	m.Generation, m.Annotations = pb.GetGeneration(), t.Metadata.Annotations
	if pb.GetCreator() != "" {
		m.Annotations[annCreator] = pb.GetCreator()
	}
	service := short(pb.GetService())
	maps.Copy(m.Labels, t.Metadata.Labels)
	maps.Copy(m.Labels, map[string]string{labelService: service, "serving.knative.dev/configuration": service, "serving.knative.dev/route": service})
	m.OwnerReferences = []*runv1.OwnerReference{{ApiVersion: apiVersion, Kind: "Configuration", Name: service, Controller: true, BlockOwnerDeletion: true}}
	status := &runv1.RevisionStatus{Conditions: conditions(pb.GetConditions()), ObservedGeneration: pb.GetObservedGeneration(), LogUrl: pb.GetLogUri(), ServiceName: service}
	if image := pb.GetContainers()[0].GetImage(); strings.Contains(image, "@") {
		status.ImageDigest = image
	}
	return &runv1.Revision{ApiVersion: apiVersion, Kind: "Revision", Metadata: m, Spec: t.Spec, Status: status}
}

// stamp is a time as text; none for none.
func stamp(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format("2006-01-02T15:04:05.000000Z")
}
