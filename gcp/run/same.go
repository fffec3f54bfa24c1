package run

import (
	"math/big"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Same says whether there is nothing to do: merged, which is Merge of observed,
// changes nothing, and observed is up: its latest revision is ready, and what
// was asked for is what is. Which run wrote it does not matter.
func Same(observed, merged *runpb.Service) bool {
	if observed == nil || !Ready(observed) {
		return false
	}
	return proto.Equal(comparable(observed), comparable(merged))
}

// Ready says whether a service has come to rest, and its latest revision serves.
func Ready(s *runpb.Service) bool {
	return !s.GetReconciling() &&
		s.GetObservedGeneration() == s.GetGeneration() &&
		s.GetTerminalCondition().GetState() == runpb.Condition_CONDITION_SUCCEEDED &&
		s.GetLatestReadyRevision() != "" &&
		s.GetLatestReadyRevision() == s.GetLatestCreatedRevision()
}

// comparable is the part of a service that says what is wanted, in one spelling.
func comparable(s *runpb.Service) *runpb.Service {
	s = Input(s)
	s.Etag, s.Client, s.ClientVersion = "", "", ""
	if s.Annotations[publicKey] == publicByIAM {
		s.InvokerIamDisabled = true // was asked for, and refused
	}
	delete(s.Annotations, runKey)
	delete(s.Annotations, canaryKey)
	for key := range s.Annotations {
		if strings.HasPrefix(key, previewKey) {
			delete(s.Annotations, key) // which is no release's
		}
	}
	if own, ok := ownOf(s); ok { // until when it is shown is no difference
		s.Annotations[ownKey] = ownPreview{Of: own.Of, Name: own.Name}.String()
	}
	delete(s.Annotations, publicKey)
	withoutNotes(s)
	withDefaults(s)
	withoutEmpty(s)
	if t := s.Template; t != nil {
		t.Revision = ""
		for _, c := range t.Containers {
			if c.Resources != nil && proto.Size(c.Resources) == 0 {
				c.Resources = nil
			}
		}
	}
	if len(s.Traffic) == 0 {
		s.Traffic = []*runpb.TrafficTarget{{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST, Percent: 100}}
	}
	return s
}

// withDefaults fills in what Cloud Run takes for none, which it may answer or not.
func withDefaults(s *runpb.Service) {
	if s.GetScaling().GetScalingMode() == runpb.ServiceScaling_AUTOMATIC {
		s.Scaling.ScalingMode = runpb.ServiceScaling_SCALING_MODE_UNSPECIFIED
	}
	if s.Ingress == runpb.IngressTraffic_INGRESS_TRAFFIC_UNSPECIFIED {
		s.Ingress = runpb.IngressTraffic_INGRESS_TRAFFIC_ALL
	}
	if v := s.GetTemplate().GetVpcAccess(); v != nil && v.Egress == runpb.VpcAccess_VPC_EGRESS_UNSPECIFIED {
		v.Egress = runpb.VpcAccess_PRIVATE_RANGES_ONLY
	}
}

// Input is a copy of a service without what Cloud Run alone sets.
func Input(s *runpb.Service) *runpb.Service {
	s = proto.CloneOf(s)
	stripOutput(s.ProtoReflect())
	return s
}

// stripOutput clears the fields that the API marks as OUTPUT_ONLY, at any depth.
func stripOutput(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if outputOnly(f) {
			m.Clear(f)
			return true
		}
		switch {
		case f.Message() == nil:
		case f.IsMap():
			if f.MapValue().Message() != nil {
				v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					stripOutput(v.Message())
					return true
				})
			}
		case f.IsList():
			for i := range v.List().Len() {
				stripOutput(v.List().Get(i).Message())
			}
		default:
			stripOutput(v.Message())
		}
		return true
	})
}

func outputOnly(f protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	for _, b := range behaviors {
		if b == annotations.FieldBehavior_OUTPUT_ONLY {
			return true
		}
	}
	return false
}

// suffixes are the units of quantities, as factors.
var suffixes = []struct {
	text   string
	factor *big.Rat
}{
	{"Ki", big.NewRat(1<<10, 1)}, {"Mi", big.NewRat(1<<20, 1)}, {"Gi", big.NewRat(1<<30, 1)},
	{"k", big.NewRat(1e3, 1)}, {"M", big.NewRat(1e6, 1)}, {"G", big.NewRat(1e9, 1)},
	{"m", big.NewRat(1, 1000)}, {"", big.NewRat(1, 1)},
}

var one = big.NewRat(1, 1)

// sameQuantity compares amounts: "1" is "1000m", "512Mi" is "0.5Gi".
func sameQuantity(a, b string) bool {
	x, okx := quantity(a)
	y, oky := quantity(b)
	if okx && oky {
		return x.Cmp(y) == 0
	}
	return a == b
}

func quantity(s string) (*big.Rat, bool) {
	for _, u := range suffixes {
		number, ok := strings.CutSuffix(s, u.text)
		if !ok {
			continue
		}
		if strings.ContainsAny(number, "/eE") || len(number) > 32 {
			return nil, false
		}
		r, ok := new(big.Rat).SetString(number)
		if !ok {
			return nil, false
		}
		return r.Mul(r, u.factor), true
	}
	return nil, false
}
