//! Types as people read them: `map[string]*Server`, `func(int) error`, `<-chan T`.
//!
//! In: a type. Out: its text as Go writes it, for diagnostics, reports and dumps.

use super::types::{ChanDir, FuncType, IntKind, Type, TypeId, Types};

impl IntKind {
    /// The type's name in Go.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
        }
    }
}

impl Types {
    /// The type as Go writes it.
    pub fn show(&self, id: TypeId) -> String {
        let mut text = String::new();
        self.write(id, &mut text);
        text
    }

    fn write(&self, id: TypeId, out: &mut String) {
        match self.get(id) {
            Type::Invalid => out.push_str("invalid type"),
            Type::Bool => out.push_str("bool"),
            Type::Int(kind) => out.push_str(kind.name()),
            Type::String => out.push_str("string"),
            Type::UntypedBool => out.push_str("untyped bool"),
            Type::UntypedInt => out.push_str("untyped int"),
            Type::UntypedRune => out.push_str("untyped rune"),
            Type::UntypedString => out.push_str("untyped string"),
            Type::UntypedNil => out.push_str("untyped nil"),
            Type::Pointer(to) => {
                out.push('*');
                self.write(*to, out);
            }
            Type::Array(elem, len) => {
                out.push_str(&format!("[{len}]"));
                self.write(*elem, out);
            }
            Type::Slice(elem) => {
                out.push_str("[]");
                self.write(*elem, out);
            }
            Type::Map(key, value) => {
                out.push_str("map[");
                self.write(*key, out);
                out.push(']');
                self.write(*value, out);
            }
            Type::Chan(dir, elem) => self.write_chan(*dir, *elem, out),
            Type::Func(func) => {
                out.push_str("func");
                self.write_signature(func, out);
            }
            Type::Struct(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|field| {
                        let ty = self.show(field.ty);
                        if field.embedded { ty } else { format!("{} {ty}", field.name) }
                    })
                    .collect();
                out.push_str(&format!("struct{{{}}}", fields.join("; ")));
            }
            Type::Interface(methods) if methods.is_empty() => out.push_str("any"),
            Type::Interface(methods) => {
                let methods: Vec<String> = methods
                    .iter()
                    .map(|method| format!("{}{}", method.name, self.show_signature(method.ty)))
                    .collect();
                out.push_str(&format!("interface{{{}}}", methods.join("; ")));
            }
            Type::Named(index) => {
                out.push_str(self.named.get(*index as usize).map_or("?", |named| &named.name));
            }
            Type::Primitive(name) => out.push_str(name),
            Type::Tuple(types) => self.write_list(types, out),
        }
    }

    /// `(int, ...string) error`: a function type without the word `func`.
    pub fn show_signature(&self, id: TypeId) -> String {
        let mut text = String::new();
        if let Type::Func(func) = self.underlying(id) {
            self.write_signature(func, &mut text);
        }
        text
    }

    fn write_chan(&self, dir: ChanDir, elem: TypeId, out: &mut String) {
        out.push_str(match dir {
            ChanDir::Both => "chan ",
            ChanDir::Send => "chan<- ",
            ChanDir::Recv => "<-chan ",
        });
        // `chan (<-chan T)` is not `chan<- chan T`.
        let inner = matches!(self.get(elem), Type::Chan(ChanDir::Recv, _)) && dir != ChanDir::Recv;
        if inner {
            out.push('(');
        }
        self.write(elem, out);
        if inner {
            out.push(')');
        }
    }

    fn write_signature(&self, func: &FuncType, out: &mut String) {
        out.push('(');
        for (index, &param) in func.params.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            match self.get(param) {
                Type::Slice(elem) if func.variadic && index + 1 == func.params.len() => {
                    out.push_str("...");
                    self.write(*elem, out);
                }
                _ => self.write(param, out),
            }
        }
        out.push(')');
        match func.results.as_slice() {
            [] => {}
            [one] => {
                out.push(' ');
                self.write(*one, out);
            }
            several => {
                out.push(' ');
                self.write_list(several, out);
            }
        }
    }

    fn write_list(&self, types: &[TypeId], out: &mut String) {
        out.push('(');
        for (index, &ty) in types.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.write(ty, out);
        }
        out.push(')');
    }
}
