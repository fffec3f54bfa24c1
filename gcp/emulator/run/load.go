package run

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// load reads all state, listens, and goes on with what was cut.
func (s *Server) load() error {
	files, err := filepath.Glob(filepath.Join(s.cfg.Dir, "services", "*", "*", "*", "service.json"))
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := s.loadService(path); err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
	}
	if err := s.loadOperations(); err != nil {
		return err
	}
	s.adopt()
	for _, o := range s.ops {
		if svc := s.services[o.service]; !o.pb.GetDone() && svc != nil {
			s.spawn(func() { s.rollout(o, svc) })
		} else if !o.pb.GetDone() {
			o.finish(&runpb.Service{Name: o.service}, &failure{Code: codeAborted, Message: "The service was deleted."})
		}
	}
	return nil
}

func (s *Server) loadService(path string) error {
	var f serviceFile
	svc := &service{srv: s, pb: &runpb.Service{}, policy: &iampb.Policy{}, revisions: map[string]*revision{}}
	if err := readJSON(path, &f, part{&f.Service, svc.pb}, part{&f.Policy, svc.policy}); err != nil {
		return err
	}
	var err error
	if svc.loc, svc.id, err = parseService(svc.pb.GetName()); err != nil {
		return err
	}
	svc.port, svc.version = f.Port, f.Version
	revisions, err := filepath.Glob(filepath.Join(filepath.Dir(path), "revisions", "*.json"))
	if err != nil {
		return err
	}
	for _, p := range revisions {
		var rf revisionFile
		r := &revision{svc: svc, pb: &runpb.Revision{}, template: &runpb.RevisionTemplate{}}
		if err := readJSON(p, &rf, part{&rf.Revision, r.pb}, part{&rf.Template, r.template}); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		r.image, r.seq, r.ready, r.failure = rf.Image, rf.Seq, rf.Ready, rf.Failure
		r.inst = &instance{rev: r, srv: s}
		svc.revisions[r.id()] = r
	}
	rt := svc.observedRoute()
	for r := range rt.used {
		r.inst.want()
	}
	svc.route.Store(rt)
	s.services[svc.pb.GetName()] = svc
	return svc.listen()
}

// loadOperations reads the operations and forgets the oldest finished ones.
func (s *Server) loadOperations() error {
	entries, err := os.ReadDir(filepath.Join(s.cfg.Dir, "operations"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	age := func(e os.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(age(b), age(a)) })
	for i, e := range entries {
		path := filepath.Join(s.cfg.Dir, "operations", e.Name())
		var f operationFile
		o := &operation{pb: &longrunningpb.Operation{}, done: make(chan struct{})}
		if filepath.Ext(path) != ".json" || readJSON(path, &f, part{&f.Operation, o.pb}) != nil || (i >= keptOperations && o.pb.GetDone()) {
			_ = os.Remove(path)
			continue
		}
		o.service, o.generation = f.Service, f.Generation
		if o.pb.GetDone() {
			close(o.done)
		}
		s.ops[o.pb.GetName()] = o
	}
	return nil
}

// part is one message inside a file.
type part struct {
	raw *json.RawMessage
	pb  proto.Message
}

// readJSON reads a file written by writeJSON, then its messages.
func readJSON(path string, v any, parts ...part) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	for _, p := range parts {
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(*p.raw, p.pb); err != nil {
			return err
		}
	}
	return nil
}
