// knotClear empties a map, or sets the elements of a slice to zero.
func knotClear(x interface{}) {
	v := reflect.ValueOf(x)
	if v.Kind() == reflect.Map {
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.Value{})
		}
		return
	}
	for i := 0; i < v.Len(); i++ {
		v.Index(i).Set(reflect.Zero(v.Type().Elem()))
	}
}
