package appengine

// run brings what runs of a version to what its document says, then writes it by store,
// and ends the operation: beside, as containers take their time.
func (s *Server) run(op, project, serviceID, id string, doc document, store func(*application) error) (any, error) {
	if s.still || doc["servingStatus"] != "SERVING" {
		if err := s.change(project, store); err != nil {
			s.drop(op)
			return nil, err
		}
		s.live(versionName(project, serviceID, id), nil)
		return s.finish(op, nil), nil
	}
	v := s.newLive(project, serviceID, id, doc)
	s.tell(op, "Creating the version's instances.")
	answer := s.replace(op, func(_, _ document) {})
	s.host.Go(func() {
		s.tell(op, "Waiting for the instances to become healthy.")
		err := v.start()
		if err == nil {
			err = s.change(project, store)
		}
		if err != nil {
			v.retire()
			s.finish(op, err)
			return
		}
		s.live(v.name(), v)
		s.finish(op, nil)
	})
	return answer, nil
}

// runs is what runs of a version; nil = nothing does.
func (s *Server) runs(name string) *live {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lives[name]
}

// live puts what runs of a version in the place of what did, which ends; nil runs nothing.
func (s *Server) live(name string, v *live) {
	s.mu.Lock()
	was := s.lives[name]
	if v == nil {
		delete(s.lives, name)
	} else {
		s.lives[name] = v
	}
	s.mu.Unlock()
	if was != nil {
		was.retire()
	}
}
