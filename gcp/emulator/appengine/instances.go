package appengine

import (
	"net/http"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// shown is an instance as the API shows it.
func (in *instance) shown() document {
	v := in.of
	d := document{
		"name": v.name() + "/instances/" + in.id, "id": in.id, "appEngineRelease": "flexible", "availability": "DYNAMIC", "vmName": in.id, "vmId": in.id,
		"vmZoneName": v.srv.regionOf(v.project) + "-a", "vmStatus": "RUNNING", "vmLiveness": "UNKNOWN", "startTime": in.started.UTC().Format(time.RFC3339Nano),
	}
	if in.Running() {
		d["vmLiveness"] = "HEALTHY"
	}
	return d
}

// listInstances lists what runs of a version.
func (s *Server) listInstances(r *http.Request, project string, named []string) (any, error) {
	v, err := s.liveOf(project, named)
	if err != nil {
		return nil, err
	}
	all := []document{}
	if v != nil {
		for _, in := range v.instances {
			all = append(all, in.shown())
		}
	}
	return page(r, "instances", all)
}

func (s *Server) getInstance(_ *http.Request, project string, named []string) (any, error) {
	in, err := s.instanceOf(project, named)
	if err != nil {
		return nil, err
	}
	return in.shown(), nil
}

// deleteInstance ends an instance; another takes its place.
func (s *Server) deleteInstance(r *http.Request, project string, named []string) (any, error) {
	in, err := s.instanceOf(project, named)
	if err != nil {
		return nil, err
	}
	in.Retire(grace)
	in.Want()
	return s.done(r, project, "Instances.DeleteInstance", named[:2]...)
}

func (s *Server) debugInstance(*http.Request, string, []string) (any, error) {
	return nil, status.Error(codes.Unimplemented, "instances of the emulators are containers: use docker exec")
}

// liveOf is what runs of a version that must be there; nil where nothing does.
func (s *Server) liveOf(project string, named []string) (*live, error) {
	_, err := s.look(project, func(a *application) (any, error) {
		_, doc, err := a.find(project, named)
		return doc, err
	})
	if err != nil {
		return nil, err
	}
	return s.runs(versionName(project, named[0], named[1])), nil
}

func (s *Server) instanceOf(project string, named []string) (*instance, error) {
	v, err := s.liveOf(project, named[:2])
	if err != nil {
		return nil, err
	}
	if v != nil {
		for _, in := range v.instances {
			if in.id == named[2] {
				return in, nil
			}
		}
	}
	return nil, status.Errorf(codes.NotFound, "Could not find Instance '%s' of Version '%s'.", named[2], named[1])
}
