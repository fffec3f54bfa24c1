package knative

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/grpc/codes"
)

// object says what every object begins with.
const (
	apiVersion   = "serving.knative.dev/v1"
	annOperation = "run.googleapis.com/operation-id"
)

func (s *Surface) getService(ctx context.Context, r request) (any, error) {
	pb, err := s.services.GetService(ctx, &runpb.GetServiceRequest{Name: r.service()})
	if err != nil {
		return nil, err
	}
	return fromService(pb), nil
}

// listServices lists those of a region, or of all regions.
func (s *Surface) listServices(ctx context.Context, r request) (any, error) {
	selected, err := selector(r)
	if err != nil {
		return nil, err
	}
	parents := []string{r.parent()}
	if r.location == "-" {
		parents = slices.DeleteFunc(s.parents(), func(p string) bool { return !strings.HasPrefix(p, "projects/"+r.project+"/") })
	}
	list := &runv1.ListServicesResponse{ApiVersion: apiVersion, Kind: "ServiceList", Metadata: &runv1.ListMeta{}}
	for _, parent := range parents {
		req := &runpb.ListServicesRequest{Parent: parent}
		for {
			page, err := s.services.ListServices(ctx, req)
			if err != nil {
				return nil, err
			}
			for _, pb := range page.GetServices() {
				if v1 := fromService(pb); selected(v1.Metadata.Labels) {
					list.Items = append(list.Items, v1)
				}
			}
			if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
				break
			}
		}
	}
	list.Items, list.Metadata.Continue, err = cut(r, list.Items)
	return list, err
}

// cut gives a page of a list: limit items, from the one that the token says.
func cut[T any](r request, all []T) ([]T, string, error) {
	from, limit := 0, len(all)
	for name, n := range map[string]*int{"continue": &from, "limit": &limit} {
		if text := r.URL.Query().Get(name); text != "" {
			var err error
			if *n, err = strconv.Atoi(text); err != nil || *n < 0 {
				return nil, "", invalid("%s: %q is not valid", name, text)
			}
		}
	}
	from = min(from, len(all))
	if to := from + limit; limit > 0 && to < len(all) {
		return all[from:to], strconv.Itoa(to), nil
	}
	return all[from:], "", nil
}

// selector reads a label selector: requirements of equality, joined by commas.
func selector(r request) (func(map[string]string) bool, error) {
	want := map[string]string{}
	for part := range strings.SplitSeq(r.URL.Query().Get("labelSelector"), ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		key, value, ok := strings.Cut(strings.ReplaceAll(part, "==", "="), "=")
		if !ok || strings.ContainsAny(key, "!()") {
			return nil, statusf(codes.Unimplemented, "the label selector %q is not emulated: only equality is", part)
		}
		want[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	if f := r.URL.Query().Get("fieldSelector"); f != "" {
		return nil, statusf(codes.Unimplemented, "the field selector %q is not emulated", f)
	}
	return func(labels map[string]string) bool {
		for k, v := range want {
			if have, ok := labels[k]; !ok || have != v {
				return false
			}
		}
		return true
	}, nil
}

func (s *Surface) createService(ctx context.Context, r request) (any, error) {
	v1, err := s.readService(r)
	if err != nil {
		return nil, err
	}
	want, err := toService(&runpb.Service{}, v1)
	if err != nil {
		return nil, err
	}
	op, err := s.services.CreateService(ctx, &runpb.CreateServiceRequest{Parent: r.parent(), ServiceId: v1.Metadata.Name, Service: want, ValidateOnly: r.dryRun()})
	return begun(op, err)
}

// replaceService makes a service what the object says. What v1 has no word for
// stays; the version that was read must be the one that is replaced.
func (s *Surface) replaceService(ctx context.Context, r request) (any, error) {
	v1, err := s.readService(r)
	if err != nil {
		return nil, err
	}
	have, err := s.services.GetService(ctx, &runpb.GetServiceRequest{Name: r.service()})
	if err != nil {
		return nil, err
	}
	if v := v1.Metadata.ResourceVersion; v != "" && v != version(have.GetEtag()) {
		return nil, statusf(codes.Aborted, "Conflict for resource '%s': version '%s' was specified but current version is '%s'.", r.name, v, version(have.GetEtag()))
	}
	want, err := toService(have, v1)
	if err != nil {
		return nil, err
	}
	op, err := s.services.UpdateService(ctx, &runpb.UpdateServiceRequest{Service: want, ValidateOnly: r.dryRun()})
	return begun(op, err)
}

// readService reads the object in a request, which must be the one of its path.
func (s *Surface) readService(r request) (*runv1.Service, error) {
	v1 := &runv1.Service{}
	if err := read(r, v1); err != nil {
		return nil, err
	}
	m := v1.Metadata
	switch {
	case v1.ApiVersion != apiVersion || v1.Kind != "Service":
		return nil, invalid("apiVersion and kind must be %s and Service, not %q and %q", apiVersion, v1.ApiVersion, v1.Kind)
	case m == nil || m.Name == "":
		return nil, invalid("metadata.name is required")
	case r.name != "" && m.Name != r.name:
		return nil, invalid("metadata.name: %q is not the service of the path, %q", m.Name, r.name)
	case m.Namespace != "" && s.projectID(m.Namespace) != r.project:
		return nil, invalid("metadata.namespace: %q is not the project of the path", m.Namespace)
	case v1.Spec == nil || v1.Spec.Template == nil || v1.Spec.Template.Spec == nil:
		return nil, invalid("spec.template.spec is required")
	}
	delete(m.Labels, labelLocation) // the server's; gcloud copies a service's labels into the template
	if t := v1.Spec.Template.Metadata; t != nil {
		delete(t.Labels, labelLocation)
	}
	return v1, nil
}

// begun is the service as it is while its rollout goes on.
func begun(op *longrunningpb.Operation, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	pb := &runpb.Service{}
	if err := op.GetMetadata().UnmarshalTo(pb); err != nil {
		return nil, statusf(codes.Internal, "%v", err)
	}
	v1 := fromService(pb)
	v1.Metadata.Annotations[annOperation] = op.GetName()[strings.LastIndexByte(op.GetName(), '/')+1:]
	return v1, nil
}

func (s *Surface) deleteService(ctx context.Context, r request) (any, error) {
	_, err := s.services.DeleteService(ctx, &runpb.DeleteServiceRequest{Name: r.service(), ValidateOnly: r.dryRun()})
	return deleted(err)
}

func deleted(err error) (any, error) { return &runv1.Status{Status: "Success"}, err }

// version is the resource version that stands for an etag.
func version(etag string) string {
	var text string
	if json.Unmarshal([]byte(etag), &text) != nil {
		text = etag
	}
	return cmp.Or(text, "0")
}
