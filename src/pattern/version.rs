//! stub
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    In,
    Out,
    Unknown,
}
pub struct Predicate {
    product: String,
}
impl Predicate {
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { product: text.split(' ').next().unwrap_or("").to_owned() })
    }
    pub fn product(&self) -> &str {
        &self.product
    }
    pub fn holds(&self, _product: &str, _version: &str) -> Truth {
        Truth::Unknown
    }
}
