package run

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
)

// GetService implements the API.
func (s *Server) GetService(ctx context.Context, req *runpb.GetServiceRequest) (*runpb.Service, error) {
	if err := s.Faults.Take(ctx, "GetService"); err != nil {
		return nil, err
	}
	if _, _, err := parseService(req.GetName()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	svc := s.services[req.GetName()]
	if svc == nil {
		return nil, notFound(req.GetName())
	}
	return proto.CloneOf(svc.pb), nil
}

// ListServices implements the API.
func (s *Server) ListServices(ctx context.Context, req *runpb.ListServicesRequest) (*runpb.ListServicesResponse, error) {
	if err := s.Faults.Take(ctx, "ListServices"); err != nil {
		return nil, err
	}
	l, err := parseLocation(req.GetParent())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*runpb.Service
	for _, svc := range s.services {
		if svc.loc == l {
			all = append(all, svc.pb)
		}
	}
	slices.SortFunc(all, func(a, b *runpb.Service) int {
		return cmp.Or(-a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime()), cmp.Compare(a.GetName(), b.GetName()))
	})
	page, next, err := paginate(all, req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(&runpb.ListServicesResponse{Services: page, NextPageToken: next}), nil
}

// parents are the locations that have services, projects/P/locations/L each.
func (s *Server) parents() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]bool{}
	for _, svc := range s.services {
		all[svc.loc.String()] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// locations are those where a project has services.
func (s *Server) locations(project string) (all []string) {
	for _, parent := range s.parents() {
		if id, ok := strings.CutPrefix(parent, "projects/"+project+"/locations/"); ok {
			all = append(all, id)
		}
	}
	return all
}

// paginate cuts one page; a token is the number of the next item.
func paginate[T any](all []T, size int32, token string) ([]T, string, error) {
	from := 0
	if token != "" {
		var err error
		if from, err = strconv.Atoi(token); err != nil || from < 0 {
			return nil, "", invalid("page_token", "%q is not valid", token)
		}
	}
	if size < 0 {
		return nil, "", invalid("page_size", "must not be negative")
	}
	if size == 0 || size > 1000 {
		size = 1000
	}
	from = min(from, len(all))
	to := min(from+int(size), len(all))
	if to == len(all) {
		return all[from:], "", nil
	}
	return all[from:to], strconv.Itoa(to), nil
}
