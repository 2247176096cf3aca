//! Faces of people who do not exist, drawn: head, hair, eyes, brows, nose, mouth, glasses, beard,
//! clothes. Enough for a clerk to tell one from another; like nobody.

use super::{portrait::PortraitError, synthetic::Dice};
use image::RgbImage;
use tiny_skia::{Color, FillRule, LineCap, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

const WIDTH: u32 = 240;
const HEIGHT: u32 = 300;

/// What decides a face beside chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) woman: bool,
    pub(super) age: i32,
}

type Rgb = (u8, u8, u8);

const SKIN: [Rgb; 8] = [
    (247, 218, 190),
    (240, 202, 168),
    (232, 190, 152),
    (224, 176, 136),
    (205, 152, 110),
    (178, 124, 84),
    (141, 94, 62),
    (104, 68, 46),
];
const HAIR: [Rgb; 6] = [(28, 24, 26), (38, 30, 28), (52, 38, 30), (74, 50, 34), (96, 64, 40), (20, 20, 28)];
const CLOTHES: [Rgb; 10] = [
    (44, 62, 92),
    (92, 44, 52),
    (52, 84, 72),
    (88, 88, 96),
    (34, 36, 42),
    (150, 120, 84),
    (116, 76, 120),
    (64, 108, 140),
    (176, 168, 156),
    (140, 60, 40),
];
const BACKGROUND: [Rgb; 5] =
    [(214, 226, 236), (226, 226, 222), (206, 220, 214), (232, 222, 214), (196, 210, 226)];

/// Draws a face.
pub(super) fn draw(person: Person, dice: &Dice) -> Result<RgbImage, PortraitError> {
    let mut canvas = Pixmap::new(WIDTH, HEIGHT).ok_or(PortraitError::Format)?;
    let mut face = Face::new(person, dice);
    face.background(&mut canvas, dice);
    face.hair_behind(&mut canvas);
    face.body(&mut canvas, dice);
    face.head(&mut canvas);
    face.beard(&mut canvas, dice);
    face.features(&mut canvas, dice);
    face.hair_front(&mut canvas, dice);
    face.glasses(&mut canvas, dice);
    let pixels = canvas.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
    RgbImage::from_raw(WIDTH, HEIGHT, pixels).ok_or(PortraitError::Format)
}

struct Face {
    person: Person,
    skin: Rgb,
    hair: Rgb,
    style: u32,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    jaw: f32,
}

impl Face {
    fn new(person: Person, dice: &Dice) -> Self {
        // Most of the register looks East Asian; everyone is in it.
        let skin = SKIN[if dice.chance(80) { dice.below(4) } else { dice.below(SKIN.len()) }];
        let natural = HAIR[dice.below(HAIR.len())];
        let grey = match person.age {
            ..=44 => 0,
            45..=59 => dice.below(40),
            60..=69 => 30 + dice.below(50),
            _ => 60 + dice.below(40),
        };
        let style = if person.woman { dice.below(5) } else { 5 + dice.below(5) };
        Self {
            person,
            skin,
            hair: mix(natural, (214, 212, 210), grey as f32 / 100.0),
            style: u32::try_from(style).unwrap_or(0),
            x: 120.0 + dice.spread(3.0),
            y: 132.0 + dice.spread(4.0),
            width: if person.woman { 54.0 } else { 57.0 } + dice.spread(6.0),
            height: 72.0 + dice.spread(6.0),
            jaw: if person.woman { 0.52 } else { 0.66 } + dice.spread(0.12),
        }
    }

    fn background(&self, canvas: &mut Pixmap, dice: &Dice) {
        let colour = BACKGROUND[dice.below(BACKGROUND.len())];
        canvas.fill(opaque(colour));
        ellipse(canvas, self.x, 120.0, 150.0, 150.0, mix(colour, (255, 255, 255), 0.35));
    }

    fn hair_behind(&self, canvas: &mut Pixmap) {
        let (w, h) = (self.width, self.height);
        match self.style {
            0 => rounded(canvas, self.x, self.y + 30.0, w * 1.32, h * 1.35, self.hair),
            1 => rounded(canvas, self.x, self.y - 4.0, w * 1.30, h * 1.02, self.hair),
            2 => ellipse(canvas, self.x, self.y - h * 1.16, w * 0.42, w * 0.40, self.hair),
            3 => rounded(canvas, self.x, self.y + 12.0, w * 1.24, h * 1.10, self.hair),
            _ => {}
        }
    }

    fn body(&self, canvas: &mut Pixmap, dice: &Dice) {
        let clothes = CLOTHES[dice.below(CLOTHES.len())];
        let (bottom, neck) = (HEIGHT as f32, self.y + self.height * 0.78);
        let shoulder = 96.0 + dice.spread(12.0) - if self.person.woman { 10.0 } else { 0.0 };
        let top = self.y + self.height + 16.0;
        let mut body = PathBuilder::new();
        body.move_to(self.x - shoulder, bottom);
        body.cubic_to(self.x - shoulder, top + 18.0, self.x - 46.0, top + 8.0, self.x - 24.0, top - 4.0);
        body.line_to(self.x + 24.0, top - 4.0);
        body.cubic_to(self.x + 46.0, top + 8.0, self.x + shoulder, top + 18.0, self.x + shoulder, bottom);
        body.close();
        fill(canvas, body, clothes);
        // Neck, with the shade of the chin.
        rect(canvas, self.x - 22.0, neck, 44.0, top - neck + 10.0, shade(self.skin, 0.90));
        ellipse(canvas, self.x, top + 4.0, 24.0, 15.0, shade(self.skin, 0.95));
        match dice.below(4) {
            0 => {
                // A shirt's collar and a tie.
                triangle(
                    canvas,
                    [(self.x - 30.0, top - 4.0), (self.x, top + 24.0), (self.x - 22.0, top + 34.0)],
                    (244, 244, 242),
                );
                triangle(
                    canvas,
                    [(self.x + 30.0, top - 4.0), (self.x, top + 24.0), (self.x + 22.0, top + 34.0)],
                    (244, 244, 242),
                );
                if !self.person.woman {
                    triangle(
                        canvas,
                        [(self.x, top + 18.0), (self.x - 11.0, bottom), (self.x + 11.0, bottom)],
                        shade(clothes, 0.6),
                    );
                }
            }
            1 => curve(
                canvas,
                [(self.x - 27.0, top), (self.x, top + 34.0), (self.x + 27.0, top)],
                5.0,
                shade(clothes, 1.35),
            ),
            2 => curve(
                canvas,
                [(self.x - 30.0, top), (self.x, top + 16.0), (self.x + 30.0, top)],
                11.0,
                shade(clothes, 0.8),
            ),
            _ => {}
        }
    }

    fn head(&self, canvas: &mut Pixmap) {
        let (x, y, w, h) = (self.x, self.y, self.width, self.height);
        for side in [-1.0, 1.0] {
            ellipse(canvas, x + side * w * 0.99, y + 4.0, 9.0, 15.0, shade(self.skin, 0.93));
        }
        let mut head = PathBuilder::new();
        head.move_to(x - w, y - h * 0.1);
        head.cubic_to(x - w, y - h * 1.15, x + w, y - h * 1.15, x + w, y - h * 0.1);
        head.cubic_to(x + w, y + h * 0.5, x + w * self.jaw, y + h, x, y + h);
        head.cubic_to(x - w * self.jaw, y + h, x - w, y + h * 0.5, x - w, y - h * 0.1);
        head.close();
        fill(canvas, head, self.skin);
    }

    fn features(&mut self, canvas: &mut Pixmap, dice: &Dice) {
        let (x, y, w, h) = (self.x, self.y, self.width, self.height);
        let apart = w * (0.42 + dice.spread(0.05));
        let eye_y = y - 2.0 + dice.spread(3.0);
        let eye = (8.5 + dice.spread(2.0), 5.0 + dice.spread(1.8));
        let tilt = dice.spread(2.4);
        let iris = mix((40, 28, 22), (96, 72, 50), dice.below(100) as f32 / 140.0);
        let brow =
            if self.person.age > 70 { shade(self.hair, 0.85) } else { mix(self.hair, (30, 26, 26), 0.5) };
        let thick = if self.person.woman { 2.6 } else { 4.2 } + dice.spread(1.0);
        let brow_y = eye_y - 16.0 + dice.spread(2.5);
        let arch = 3.0 + dice.spread(3.0);
        for side in [-1.0, 1.0] {
            let cx = x + side * apart;
            ellipse(canvas, cx, eye_y, eye.0 + 1.2, eye.1 + 1.4, shade(self.skin, 0.84));
            ellipse(canvas, cx, eye_y, eye.0, eye.1, (250, 248, 244));
            ellipse(canvas, cx, eye_y, eye.1.min(5.2), eye.1.min(5.2), iris);
            ellipse(canvas, cx, eye_y, 2.4, 2.4, (12, 10, 10));
            ellipse(canvas, cx + 1.6, eye_y - 1.6, 1.1, 1.1, (255, 255, 255));
            let lid = [
                (cx - eye.0 - 1.0, eye_y + side * tilt),
                (cx, eye_y - eye.1 * 1.9),
                (cx + eye.0 + 1.0, eye_y - side * tilt),
            ];
            curve(canvas, lid, if self.person.woman { 2.8 } else { 2.0 }, (36, 26, 24));
            curve(
                canvas,
                [
                    (cx - 12.0, brow_y + 2.0 + side * tilt),
                    (cx, brow_y - arch),
                    (cx + 12.0, brow_y + 2.0 - side * tilt),
                ],
                thick,
                brow,
            );
            if self.person.age > 58 {
                curve(
                    canvas,
                    [(cx - 8.0, eye_y + 11.0), (cx, eye_y + 14.0), (cx + 8.0, eye_y + 11.0)],
                    1.3,
                    shade(self.skin, 0.82),
                );
                let from = (x + side * 13.0, y + h * 0.34);
                curve(
                    canvas,
                    [from, (x + side * 23.0, y + h * 0.46), (x + side * 23.0, y + h * 0.60)],
                    1.5,
                    shade(self.skin, 0.80),
                );
            }
        }
        // Nose.
        let (nose_y, nose) = (y + h * (0.33 + dice.spread(0.04)), 8.0 + dice.spread(3.0));
        curve(
            canvas,
            [(x - nose * 0.4, eye_y + 6.0), (x - nose * 0.7, nose_y - 6.0), (x - nose, nose_y)],
            1.6,
            shade(self.skin, 0.86),
        );
        curve(
            canvas,
            [(x - nose, nose_y), (x, nose_y + 6.0), (x + nose, nose_y)],
            2.4,
            shade(self.skin, 0.76),
        );
        // Mouth.
        let (mouth_y, mouth) = (y + h * (0.60 + dice.spread(0.03)), 17.0 + dice.spread(4.0));
        let smile = 3.0 + dice.spread(4.0);
        let lips = if self.person.woman {
            mix(self.skin, (184, 60, 66), 0.60)
        } else {
            mix(self.skin, (150, 74, 66), 0.45)
        };
        curve(
            canvas,
            [
                (x - mouth, mouth_y - smile * 0.4),
                (x, mouth_y + smile + 3.5),
                (x + mouth, mouth_y - smile * 0.4),
            ],
            5.4 + dice.spread(1.2),
            lips,
        );
        curve(
            canvas,
            [(x - mouth, mouth_y - smile * 0.4), (x, mouth_y + smile), (x + mouth, mouth_y - smile * 0.4)],
            1.5,
            shade(lips, 0.6),
        );
        if dice.chance(12) {
            ellipse(canvas, x + dice.spread(28.0), y + h * 0.42, 1.8, 1.8, shade(self.skin, 0.45));
        }
    }

    fn beard(&self, canvas: &mut Pixmap, dice: &Dice) {
        if self.person.woman || self.person.age < 24 || !dice.chance(26) {
            return;
        }
        let (x, y, w, h) = (self.x, self.y, self.width, self.height);
        let mouth = y + h * 0.60;
        if dice.chance(50) {
            let mut beard = PathBuilder::new();
            beard.move_to(x - w * 0.95, y + h * 0.22);
            beard.cubic_to(x - w * 0.84, y + h * 0.75, x - w * self.jaw * 0.9, y + h * 1.04, x, y + h * 1.05);
            beard.cubic_to(
                x + w * self.jaw * 0.9,
                y + h * 1.04,
                x + w * 0.84,
                y + h * 0.75,
                x + w * 0.95,
                y + h * 0.22,
            );
            beard.cubic_to(x + w * 0.70, y + h * 0.5, x + 20.0, mouth - 12.0, x, mouth - 11.0);
            beard.cubic_to(x - 20.0, mouth - 12.0, x - w * 0.70, y + h * 0.5, x - w * 0.95, y + h * 0.22);
            beard.close();
            fill(canvas, beard, mix(self.hair, self.skin, 0.15));
        } else {
            curve(
                canvas,
                [(x - 19.0, mouth - 4.0), (x, mouth - 15.0), (x + 19.0, mouth - 4.0)],
                6.0,
                mix(self.hair, self.skin, 0.1),
            );
            if dice.chance(50) {
                ellipse(canvas, x, y + h * 0.86, 11.0, 9.0, mix(self.hair, self.skin, 0.1));
            }
        }
    }

    fn hair_front(&self, canvas: &mut Pixmap, dice: &Dice) {
        let (x, y, w, h) = (self.x, self.y, self.width, self.height);
        let top = y - h * 0.98;
        // Where the fringe ends at the left, in the middle and at the right, in parts of the head.
        let fringe = match self.style {
            0 | 3 => (-0.28, -0.74, -0.28),
            1 => (-0.36, -0.38, -0.36),
            2 => (-0.50, -0.80, -0.50),
            4 => (-0.34, -0.46, -0.62),
            5 => (-0.42, -0.66, -0.42),
            6 => (-0.30, -0.50, -0.72),
            7 => (-0.56, -0.84, -0.56),
            8 => (-0.40, -0.44, -0.40),
            _ => (-0.24, -0.82, -0.24),
        };
        let receding =
            if !self.person.woman && self.person.age > 50 { dice.below(100) as f32 / 500.0 } else { 0.0 };
        let bald = !self.person.woman && self.person.age > 55 && dice.chance(30);
        if bald {
            for side in [-1.0, 1.0] {
                ellipse(canvas, x + side * w * 0.98, y - h * 0.22, 8.0, 22.0, self.hair);
            }
            return;
        }
        let puff = 6.0 + dice.spread(5.0);
        let mut cap = PathBuilder::new();
        cap.move_to(x - w * 1.06, y + h * 0.02);
        cap.cubic_to(
            x - w * 1.2,
            top - puff - h * 0.12,
            x + w * 1.2,
            top - puff - h * 0.12,
            x + w * 1.06,
            y + h * 0.02,
        );
        cap.line_to(x + w * 0.94, y + h * (fringe.2 + 0.14));
        cap.quad_to(x + w * 0.62, y + h * (fringe.2 - receding), x + w * 0.08, y + h * (fringe.1 - receding));
        cap.quad_to(x - w * 0.62, y + h * (fringe.0 - receding), x - w * 0.94, y + h * (fringe.0 + 0.14));
        cap.close();
        fill(canvas, cap, self.hair);
        curve(
            canvas,
            [(x - w * 0.45, top + 21.0), (x - w * 0.1, top + 11.0), (x + w * 0.35, top + 18.0)],
            2.2,
            shade(self.hair, 1.5),
        );
        if matches!(self.style, 0 | 1 | 3) {
            for side in [-1.0, 1.0] {
                let long = if self.style == 0 { 1.02 } else { 0.55 };
                let edge = [
                    (x + side * w * 1.02, y - h * 0.5),
                    (x + side * w * 1.14, y + h * 0.1),
                    (x + side * w * 1.04, y + h * long),
                ];
                curve(canvas, edge, 13.0, self.hair);
            }
        }
    }

    fn glasses(&self, canvas: &mut Pixmap, dice: &Dice) {
        if !dice.chance(if self.person.age > 45 { 45 } else { 24 }) {
            return;
        }
        let frame = [(30, 30, 34), (96, 64, 44), (120, 124, 132)][dice.below(3)];
        let (apart, radius) = (self.width * 0.43, (14.5 + dice.spread(2.0), 11.0 + dice.spread(3.0)));
        let thick = 2.0 + dice.spread(0.8);
        for side in [-1.0, 1.0] {
            let cx = self.x + side * apart;
            if let Some(path) = oval(cx, self.y - 1.0, radius.0, radius.1) {
                stroke(canvas, &path, thick, frame);
            }
            let arm = [
                (cx + side * radius.0, self.y - 3.0),
                (cx + side * (radius.0 + 6.0), self.y - 4.0),
                (self.x + side * self.width, self.y - 3.0),
            ];
            curve(canvas, arm, thick, frame);
        }
        let bridge = apart - radius.0;
        curve(
            canvas,
            [(self.x - bridge, self.y - 3.0), (self.x, self.y - 7.0), (self.x + bridge, self.y - 3.0)],
            thick,
            frame,
        );
    }
}

fn opaque((r, g, b): Rgb) -> Color {
    Color::from_rgba8(r, g, b, 255)
}

fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    let one = |a: u8, b: u8| channel(f32::from(a) * (1.0 - t) + f32::from(b) * t);
    (one(a.0, b.0), one(a.1, b.1), one(a.2, b.2))
}

fn shade(colour: Rgb, factor: f32) -> Rgb {
    let one = |c: u8| channel(f32::from(c) * factor);
    (one(colour.0), one(colour.1), one(colour.2))
}

/// A float's cast to an integer saturates.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn channel(value: f32) -> u8 {
    value.round() as u8
}

fn paint(colour: Rgb) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(opaque(colour));
    paint.anti_alias = true;
    paint
}

fn fill(canvas: &mut Pixmap, builder: PathBuilder, colour: Rgb) {
    if let Some(path) = builder.finish() {
        canvas.fill_path(&path, &paint(colour), FillRule::Winding, Transform::identity(), None);
    }
}

fn stroke(canvas: &mut Pixmap, path: &Path, width: f32, colour: Rgb) {
    let stroke = Stroke { width, line_cap: LineCap::Round, ..Stroke::default() };
    canvas.stroke_path(path, &paint(colour), &stroke, Transform::identity(), None);
}

fn oval(x: f32, y: f32, rx: f32, ry: f32) -> Option<Path> {
    PathBuilder::from_oval(Rect::from_xywh(x - rx, y - ry, rx * 2.0, ry * 2.0)?)
}

fn ellipse(canvas: &mut Pixmap, x: f32, y: f32, rx: f32, ry: f32, colour: Rgb) {
    if let Some(path) = oval(x, y, rx, ry) {
        canvas.fill_path(&path, &paint(colour), FillRule::Winding, Transform::identity(), None);
    }
}

/// A block with a round top, such as long hair is.
fn rounded(canvas: &mut Pixmap, x: f32, y: f32, rx: f32, ry: f32, colour: Rgb) {
    ellipse(canvas, x, y - ry * 0.25, rx, ry * 0.95, colour);
    rect(canvas, x - rx * 0.98, y - ry * 0.2, rx * 1.96, ry, colour);
}

fn rect(canvas: &mut Pixmap, x: f32, y: f32, width: f32, height: f32, colour: Rgb) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        canvas.fill_rect(rect, &paint(colour), Transform::identity(), None);
    }
}

fn triangle(canvas: &mut Pixmap, points: [(f32, f32); 3], colour: Rgb) {
    let mut builder = PathBuilder::new();
    builder.move_to(points[0].0, points[0].1);
    builder.line_to(points[1].0, points[1].1);
    builder.line_to(points[2].0, points[2].1);
    builder.close();
    fill(canvas, builder, colour);
}

/// A stroke through the first and the last point, drawn towards the middle one.
fn curve(canvas: &mut Pixmap, points: [(f32, f32); 3], width: f32, colour: Rgb) {
    let mut builder = PathBuilder::new();
    builder.move_to(points[0].0, points[0].1);
    builder.quad_to(points[1].0, points[1].1, points[2].0, points[2].1);
    if let Some(path) = builder.finish() {
        stroke(canvas, &path, width, colour);
    }
}
